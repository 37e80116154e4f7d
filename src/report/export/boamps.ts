/** Receipt → report in the BoAmps format 1.1.0 (Boavizta, CC BY 4.0: github.com/Boavizta/BoAmps, model/report_schema.json). */
import { FrugalError } from "../../core/error.ts";
import { formatEnergy } from "../../core/format-quantity.ts";
import { BYTES_PER_GB, JOULES_PER_KWH, joules } from "../../core/quantity.ts";
import type { EnergyPart, Range, Receipt, ReceiptKind } from "../../receipt/receipt.ts";

type Json = string | number | boolean | null | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json | undefined;
}
export type BoampsReport = JsonObject;

export interface BoampsFacts {
  /** When the report is made: ISO 8601. */
  readonly reportedAt: string;
  /**
   * What no receipt knows, in the format's own words: publisher, task, data sets, infrastructure, environment. Wins over
   * the receipt; lists are replaced as a whole. Throws "bad-data" for `measures` and `quality`: they are the receipt's alone.
   */
  readonly more?: BoampsReport;
}

/** Throws "bad-data" for a receipt without energy, which the format has no word for. */
export function toBoamps(receipt: Receipt, { reportedAt, more = {} }: BoampsFacts): BoampsReport {
  const total = receipt.energy.total_j;
  if (total === undefined) {
    throw new FrugalError({
      code: "bad-data",
      what: `receipt ${receipt.id.slice(0, 12)} cannot become a BoAmps report`,
      why: "nobody could read its energy, and the format wants a number",
      remedy: "leave it out; frugal log show tells why it has none",
    });
  }
  const own = ["measures", "quality"].find((name) => more[name] !== undefined);
  if (own !== undefined) {
    throw new FrugalError({
      code: "bad-data",
      what: `the facts for BoAmps give ${own}`,
      why: "only the receipt may say what was measured, and how well",
      remedy: `take ${own} out of them`,
    });
  }
  const report: BoampsReport = {
    header: {
      formatVersion: "1.1.0",
      formatVersionSpecificationUri: "https://github.com/Boavizta/BoAmps/tree/main/model",
      reportId: receipt.id,
      reportDatetime: dateTime(reportedAt),
      reportStatus: "draft",
    },
    task: taskOf(receipt, total),
    measures: [measureOf(receipt, total)],
    system: { os: receipt.hardware.os },
    ...(receipt.kind !== "track" && {
      software: known({ language: "javascript", version: receipt.software["node"] }),
    }),
    infrastructure: infrastructureOf(receipt),
    ...environmentOf(receipt),
    quality: qualityOf(total),
  };
  return merged(report, more);
}

const UNKNOWN = "unknown";

const STAGES: Readonly<Record<ReceiptKind, string>> = {
  run: "inference",
  evaluate: "inference",
  choose: "inference",
  demo: "inference",
  train: "training",
  track: UNKNOWN,
  monitor: UNKNOWN,
  import: UNKNOWN,
};

function taskOf({ kind, subject, work, quality, software, energy }: Receipt, total: Range): JsonObject {
  const stage = STAGES[kind];
  const isModel = subject.type === "model";
  const [low, value, high] = [total.low, total.value, total.high].map((each) => formatEnergy(joules(each)));
  return known({
    taskStage: stage,
    taskFamily: subject.task ?? UNKNOWN,
    nbRequest: stage === "inference" ? work?.count : undefined,
    algorithms: [
      known({
        algorithmName: isModel ? undefined : UNKNOWN,
        foundationModelName: isModel ? subject.id : undefined,
        framework: subject.engine,
        frameworkVersion: subject.engine === undefined ? undefined : software[subject.engine],
        quantization: subject.dtype,
      }),
    ],
    dataset: [known({ dataUsage: "input", dataType: dataType(work?.unit), dataQuantity: work?.count })],
    measuredAccuracy: quality?.find(({ metric }) => metric === "accuracy")?.estimate.value,
    taskDescription: `${energy.status}: ${value}, nominal 95 % from ${low} to ${high}`,
  });
}

/** Units of work as types of data; the format has a word for all others. */
const DATA_TYPES: Readonly<Record<string, string>> = {
  text: "text", mail: "text", question: "text", token: "token", image: "image", clip: "audio", recording: "audio",
}; // biome-ignore format: one table

const dataType = (unit: string | undefined): string => DATA_TYPES[unit ?? ""] ?? "other";

function measureOf({ energy, software, duration_s, started_at }: Receipt, total: Range): JsonObject {
  return known({
    measurementMethod: "frugal",
    version: software["frugal"],
    cpuTrackingMode: sourcesOf(energy.parts, "cpu"),
    gpuTrackingMode: sourcesOf(energy.parts, "gpu"),
    powerConsumption: total.value / JOULES_PER_KWH,
    measurementDuration: duration_s,
    measurementDateTime: dateTime(started_at),
  });
}

function sourcesOf(parts: readonly EnergyPart[], component: EnergyPart["component"]): string | undefined {
  const found = parts.filter((part) => part.component === component && part.status !== "unavailable");
  return found.length === 0 ? undefined : found.map(({ source }) => source).join("; ");
}

function infrastructureOf({ hardware, carbon }: Receipt): JsonObject {
  const provider = carbon?.cloud_region?.split(":")[0];
  return known({
    infraType: provider === undefined ? "other" : "publicCloud",
    cloudProvider: provider,
    components: [
      // As the format's own examples count: threads.
      { componentName: hardware.cpu_model, componentType: "cpu", nbComponent: hardware.cpu_threads },
      { componentType: "ram", nbComponent: 1, memorySize: hardware.memory_b / BYTES_PER_GB },
    ],
  });
}

/** An unknown place has no country; the world's mean is none. */
function environmentOf({ carbon }: Receipt): { readonly environment?: JsonObject } {
  if (carbon === undefined || carbon.zone_from === "default") return {};
  // Zones begin with the country's code (Electricity Maps), or are one (Ember).
  const country = carbon.zone.split("-")[0]!;
  return {
    environment: {
      country,
      location: carbon.zone,
      powerSourceCarbonIntensity: carbon.intensity_g_per_kwh.value,
    },
  };
}

/**
 * The format's classes are errors of 10, 25 and 50 %; the wider end of the interval counts. What is wider than all of
 * them is low as well: the description has the interval.
 */
function qualityOf({ low, value, high }: Range): "high" | "medium" | "low" {
  const error = value > 0 ? Math.max(value - low, high - value) / value : Number.POSITIVE_INFINITY;
  return error <= 0.1 ? "high" : error <= 0.25 ? "medium" : "low";
}

/** `YYYY-MM-DD HH:MM:SS`, in UTC. */
const dateTime = (stamp: string): string => new Date(stamp).toISOString().slice(0, 19).replace("T", " ");

const known = (facts: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const merged = (base: JsonObject, more: JsonObject): JsonObject => ({
  ...base,
  ...Object.fromEntries(
    Object.entries(more).map(([key, value]) => {
      const before = base[key];
      return [key, isObject(before) && isObject(value) ? merged(before, value) : value];
    }),
  ),
});
