#!/usr/bin/env node
/** The composition root of the command line: real ports in, exit code out. */
import { main } from "../apps/cli/main.ts";
import { nodeWorld } from "../host/node-world.ts";

process.exitCode = await main(nodeWorld(), process.argv.slice(2));
