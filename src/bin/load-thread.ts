/** The composition root of one thread of the load generator. */
import { keepBusy } from "../energy/calibration/load-thread.ts";
import { nodeThreadSide } from "../host/node-threads.ts";
import { nodeClock } from "../host/node-world.ts";

await keepBusy(nodeClock, nodeThreadSide());
