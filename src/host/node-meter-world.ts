/** What a meter needs of `nodeWorld`, and no more: every file that is loaded costs the start of whoever is measured. */
import type { World } from "../core/ports.ts";
import { nodeClock } from "./node-clock.ts";
import { nodeFiles } from "./node-files.ts";
import { nodeGroups } from "./node-groups.ts";
import { nodeMachine } from "./node-machine.ts";
import { nodeNative } from "./node-native.ts";
import { nodeThreads } from "./node-threads.ts";

export const nodeMeterWorld = (): Pick<
  World,
  "clock" | "files" | "machine" | "native" | "threads" | "groups" | "env"
> & {
  readonly processes: Pick<World["processes"], "pid">;
} => ({
  clock: nodeClock,
  files: nodeFiles,
  machine: nodeMachine(),
  native: nodeNative,
  processes: { pid: process.pid },
  threads: nodeThreads,
  groups: nodeGroups,
  env: process.env,
});
