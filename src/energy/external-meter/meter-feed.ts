import type { Clock, Environment, Fetch, Files } from "../../core/ports.ts";
import type { MeterPoint } from "./meter-series.ts";
import type { Quantity } from "./meter-units.ts";

/** An external meter as something to ask for its news. */
export interface MeterFeed {
  /** For the reading's source, which ends in receipts: no address, no folder. Always the same for the same setting. */
  readonly name: string;
  readonly quantity: Quantity;
  /** Time between readings, as far as the opening showed it. */
  readonly periodS: number;
  /** Smallest step of an energy counter in joules, as far as its unit and decimals tell it; 0 for power. */
  readonly stepJ: number;
  /** Readings since the last call, oldest first, on this machine's monotonic clock. Rejects when it cannot be read now. */
  poll(): Promise<readonly MeterPoint[]>;
  /** How the meter's clock and this machine's differ, and what else the reader must know. */
  notes(): readonly string[];
  close?(): void;
}

export interface FeedWorld {
  readonly clock: Clock;
  readonly files: Pick<Files, "stat" | "readBytes" | "listSync" | "readTextSync">;
  readonly fetch: Fetch;
  readonly env: Environment;
}

/** Monotonic seconds of a wall time, by what both clocks show now. */
export const monotonicOf = (clock: Clock, wallMs: number): number =>
  clock.now() - (Date.parse(clock.stamp()) - wallMs) / 1_000;
