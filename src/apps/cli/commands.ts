/** Every command, in the order of the help text. */
import type { CommandSpec } from "./command.ts";
import { CALIBRATE } from "./commands/calibrate.ts";
import { CONVERT } from "./commands/convert.ts";
import { DOCTOR } from "./commands/doctor.ts";
import { ESTIMATE } from "./commands/estimate.ts";
import { EXPORT } from "./commands/export.ts";
import { GRAPH } from "./commands/graph.ts";
import { IMPORT } from "./commands/import.ts";
import { LOG, LOG_EXPORT, LOG_REPAIR, LOG_SHOW, LOG_VERIFY } from "./commands/log.ts";
import { MONITOR } from "./commands/monitor.ts";
import { RUN } from "./commands/run.ts";
import { SENSORD } from "./commands/sensord.ts";
import { TRACK } from "./commands/track.ts";
import { TUNE } from "./commands/tune.ts";
import { WHERE } from "./commands/where.ts";
import { ZONES } from "./commands/zones.ts";

export const COMMANDS: readonly CommandSpec[] = [
  TRACK,
  MONITOR,
  ESTIMATE,
  DOCTOR,
  SENSORD,
  CALIBRATE,
  WHERE,
  ZONES,
  RUN,
  GRAPH,
  TUNE,
  CONVERT,
  LOG,
  LOG_SHOW,
  LOG_VERIFY,
  LOG_EXPORT,
  LOG_REPAIR,
  EXPORT,
  IMPORT,
];
