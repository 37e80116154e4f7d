#!/usr/bin/env node
/** The composition root of `npm run demo`: the command line with one command, which needs this repository's dev dependencies. */
import { DEMO } from "../apps/cli/commands/demo.ts";
import { main } from "../apps/cli/main.ts";
import { nodeWorld } from "../host/node-world.ts";

process.exitCode = await main(nodeWorld(), [DEMO.name, ...process.argv.slice(2)], [DEMO]);
