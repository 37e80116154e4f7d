#!/usr/bin/env node
/** The composition root of the command line: real ports in, exit code out. */
import { explain } from "../apps/cli/explain.ts";
import { main } from "../apps/cli/main.ts";
import { nodeWorld } from "../host/node-world.ts";

const world = nodeWorld();
// Thrown where nobody waits (a timer, an event): still a bug of ours that is said as one, with its own exit code.
process.on("uncaughtException", (thrown) => process.exit(explain(world.terminal, thrown)));
process.exitCode = await main(world, process.argv.slice(2));
