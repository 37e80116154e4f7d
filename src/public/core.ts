/** `frugal/core`: quantities, intervals, errors and the interfaces of the outside world. */
export { type EnergyTotal, energyTotal } from "../core/energy-total.ts";
export { ERROR_CODES, type ErrorCode, type ErrorFacts, FrugalError, InternalError } from "../core/error.ts";
export {
  formatBytes,
  formatDuration,
  formatEnergy,
  formatMass,
  formatPower,
} from "../core/format-quantity.ts";
export {
  byFactor,
  exactly,
  type Interval,
  overlaps,
  product,
  scale,
  sumCorrelated,
  sumIndependent,
  within,
} from "../core/interval.ts";
export {
  type Boundary,
  type Component,
  type Meter,
  type Method,
  type Reading,
  type SpanEnergy,
  type Split,
  type SplitLine,
  unmetered,
} from "../core/meter.ts";
export type { Clock, Files, Machine, Native, Processes, Terminal, World } from "../core/ports.ts";
export { type Progress, type ProgressEvent, silent } from "../core/progress.ts";
export {
  type Bytes,
  bytes,
  emissionsOf,
  energyOf,
  fromKwh,
  fromWattHours,
  type GramsCO2e,
  type GramsPerKwh,
  gramsCO2e,
  gramsPerKwh,
  type Joules,
  joules,
  type Seconds,
  seconds,
  toKwh,
  toWattHours,
  type Watts,
  watts,
} from "../core/quantity.ts";
export { type Random, seededRandom } from "../core/random.ts";
export { VERSION } from "../core/version.ts";
