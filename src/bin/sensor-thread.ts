/** The composition root of the sampling thread: real ports in, samples out. */
import { sampleInThread } from "../energy/sampling-thread.ts";
import { nodeMeterWorld } from "../host/node-meter-world.ts";
import { nodeThreadSide } from "../host/node-threads.ts";

await sampleInThread(nodeMeterWorld(), nodeThreadSide());
