/** The composition root of one thread of the load generator. */
import { keepBusy } from "../energy/calibration/load-thread.ts";
import { nodeClock } from "../host/node-clock.ts";
import { nodeThreadSide } from "../host/node-threads.ts";

await keepBusy(nodeClock, nodeThreadSide());
