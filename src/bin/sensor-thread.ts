/** The composition root of the sampling thread: real ports in, samples out. */
import { sampleInThread } from "../energy/sampling-thread.ts";
import { nodeThreadSide } from "../host/node-threads.ts";
import { nodeWorld } from "../host/node-world.ts";

await sampleInThread(nodeWorld(), nodeThreadSide());
