#!/usr/bin/env node
/** The composition root of the command line: real ports in, exit code out. */
import { explain } from "../apps/cli/explain.ts";
import { commandLine } from "../apps/cli/main.ts";
import { nodeTerminal } from "../host/node-terminal.ts";

// Thrown where nobody waits (a timer, an event): still a bug of ours that is said as one, with its own exit code.
process.on("uncaughtException", (thrown) => process.exit(explain(nodeTerminal, thrown)));
const openWorld = async () => (await import("../host/node-world.ts")).nodeWorld();
process.exitCode = await commandLine(nodeTerminal, openWorld, process.argv.slice(2));
