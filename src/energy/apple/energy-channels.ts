import type { Component } from "../../core/meter.ts";

/** One channel of the group `Energy Model`. */
export interface ChannelEnergy {
  readonly name: string;
  /** `mJ`, `uJ` or `nJ`: differs from channel to channel of one chip. */
  readonly unit: string;
  readonly value: number;
}

export type ApplePart = Extract<Component, "cpu" | "gpu" | "npu" | "ram">;
export const APPLE_PARTS: readonly ApplePart[] = ["cpu", "gpu", "npu", "ram"];

const JOULES: Readonly<Record<string, number>> = { J: 1, mJ: 1e-3, uJ: 1e-6, µJ: 1e-6, nJ: 1e-9, pJ: 1e-12 };

/**
 * Names that hold all of a part, best first; the first that is there counts, summed over its dies. The group is a hierarchy
 * in one list: cores, clusters and memories of a part stand beside it (300 of 364 channels on an M5 Max) and must not be added.
 * `CPU Energy` on plain chips, `DIE_0_CPU Energy` … on Ultra; `ANE`, `ANE0`, `ANE0_1` and `DRAM` alike (as macmon and
 * all-smi read them).
 */
const NAMES: Readonly<Record<ApplePart, readonly RegExp[]>> = {
  cpu: [/^CPU Energy$/, /^DIE_\d+_CPU Energy$/],
  gpu: [/^GPU Energy$/, /^DIE_\d+_GPU Energy$/, /^GPU$/, /^GPU\d+(_\d+)?$/],
  npu: [/^ANE$/, /^ANE\d+(_\d+)?$/],
  ram: [/^DRAM$/, /^DRAM\d+(_\d+)?$/],
};

/** Joules of each part; left out where no channel tells it. Throws for a unit that is not known. */
export function partEnergies(channels: readonly ChannelEnergy[]): ReadonlyMap<ApplePart, number> {
  const parts = new Map<ApplePart, number>();
  for (const part of APPLE_PARTS) {
    for (const name of NAMES[part]) {
      const own = channels.filter((channel) => name.test(channel.name));
      if (own.length === 0) continue;
      parts.set(
        part,
        own.reduce((sum, channel) => sum + joulesOf(channel), 0),
      );
      break;
    }
  }
  return parts;
}

function joulesOf({ name, unit, value }: ChannelEnergy): number {
  const factor = JOULES[unit];
  if (factor === undefined)
    throw new Error(`the channel ${name} is in ${JSON.stringify(unit)}, no unit of energy`);
  return value * factor;
}
