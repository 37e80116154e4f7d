import { FrugalError } from "../../core/error.ts";
import { byFactor, type Interval } from "../../core/interval.ts";
import type { EmbodiedFactor } from "../../receipt/build-carbon.ts";
import type { HardwareTerms } from "./carbon-config.ts";
import { EMBODIED_DEVICES } from "./embodied-devices.ts";
import { nearMatches } from "./grid/near-matches.ts";

/** A published footprint without its use phase. */
export interface EmbodiedDevice {
  readonly id: string;
  readonly name: string;
  readonly embodiedKg: number;
  /** As the report assumes; absent where it says none. */
  readonly lifespanYears?: number;
  readonly published: string;
  readonly source: string;
}

/**
 * Makers give ±50 to ±100 % themselves, and other makers' methods differ more (README of Boavizta's collection): our
 * choice is a factor of two for a published footprint, and of 1.3 for a figure of the user's own.
 */
const PUBLISHED_FACTOR = 2;
const OWN_FACTOR = 1.3;
const GRAMS_PER_KG = 1_000;

export const embodiedDevices = (): readonly EmbodiedDevice[] =>
  EMBODIED_DEVICES.trim()
    .split("\n")
    .map((row) => {
      const [id, name, total, use, years, published, source] = row.split(" | ") as [
        string, string, string, string, string, string, string,
      ]; // biome-ignore format: one row
      const embodiedKg = Number(total) * (1 - Number(use));
      const lifespan = years === "-" ? {} : { lifespanYears: Number(years) };
      return { id, name, embodiedKg, ...lifespan, published, source };
    });

/**
 * TE, lifespan and share of the hardware that the user named. Throws "bad-data" for a device that the table lacks.
 */
export function embodiedFactor(hardware: HardwareTerms): EmbodiedFactor {
  const share = hardware.share ?? 1;
  const shareNote = hardware.share === undefined ? ["the whole device is counted"] : [];
  if (hardware.embodiedKg !== undefined) {
    return {
      status: "available",
      device: hardware.device ?? "own hardware",
      total_g: grams(hardware.embodiedKg, OWN_FACTOR),
      lifespan_years: hardware.lifespanYears!,
      share,
      source: hardware.source ?? "the user's own figure",
      notes: shareNote,
    };
  }
  const device = publishedDevice(hardware.device!);
  const lifespanYears = hardware.lifespanYears ?? device.lifespanYears;
  if (lifespanYears === undefined) {
    const reason = `the footprint of ${device.name} states no lifespan: give carbon.hardware.lifespan_years`;
    return { status: "unavailable", reason };
  }
  return {
    status: "available",
    device: device.name,
    total_g: grams(device.embodiedKg, PUBLISHED_FACTOR),
    lifespan_years: lifespanYears,
    share,
    source: `product carbon footprint of ${device.published}, ${device.source}`,
    notes: shareNote,
  };
}

const grams = (kg: number, factor: number): Interval => byFactor(kg * GRAMS_PER_KG, factor);

function publishedDevice(id: string): EmbodiedDevice {
  const devices = embodiedDevices();
  const found = devices.find((device) => device.id === id.toLowerCase());
  if (found !== undefined) return found;
  const near = nearMatches(
    id.toLowerCase(),
    devices.map((device) => device.id),
  );
  const suggestion = near.length > 0 ? `did you mean ${near.join(", ")}? ` : "";
  throw new FrugalError({
    code: "bad-data",
    what: `carbon.hardware.device ${id} in config.json`,
    why: "there is no published footprint under this name here",
    remedy: `${suggestion}docs/carbon.md lists the devices; or give embodied_kg and lifespan_years`,
  });
}
