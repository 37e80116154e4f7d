/** What CodeCarbon's own settings say to us. Ours win: these lie under config.json. */
import { FrugalError, messageOf, systemCode } from "../../core/error.ts";
import type { Environment, Files, Machine } from "../../core/ports.ts";
import type { CarbonConfig } from "../../energy/carbon/carbon-config.ts";
import { twoLetterCode } from "../../energy/carbon/grid/country-codes.ts";
import { iniSection } from "../../formats/ini.ts";
import type { RowFacts, TrackingMode } from "./emissions-row.ts";

export interface CodecarbonSettings {
  readonly row: RowFacts;
  /** Undefined when CodeCarbon was told to write no file. */
  readonly file: { readonly folder: string; readonly name: string } | undefined;
  readonly experimentName: string;
  readonly carbon: CarbonConfig;
  /** FRUGAL_CPU_WATTS, where force_cpu_power gives one. */
  readonly env: Environment;
  /** `measure_power_secs`, for those who measure interval by interval. */
  readonly intervalS?: number;
  /** Keys that change nothing here, with the reason, and keys that nobody knows. */
  readonly unused: readonly string[];
}

interface SettingsWorld {
  readonly files: Pick<Files, "readText">;
  readonly env: Environment;
  readonly machine: Pick<Machine, "homeFolder" | "cpuThreads">;
  readonly cwd: string;
}

const PREFIX = "codecarbon_";
const FILE = ".codecarbon.config";
/** More often would measure the measuring. */
export const LEAST_INTERVAL_S = 0.1;

export interface SettingsUse {
  /** True where `measure_power_secs` means something. */
  readonly interval?: boolean;
}

/** Home, then the current folder, then CODECARBON_* of the environment: the later wins. Throws "bad-option" naming a bad key. */
export async function readCodecarbonSettings(
  world: SettingsWorld,
  use: SettingsUse = {},
): Promise<CodecarbonSettings> {
  const found = new Map<string, string>();
  for (const folder of new Set([world.machine.homeFolder, world.cwd])) {
    const text = await readOptional(world.files, `${folder}/${FILE}`);
    for (const [key, value] of iniSection(text, "codecarbon")) found.set(key, value);
  }
  for (const [name, value] of Object.entries(world.env)) {
    const key = name.toLowerCase();
    if (value !== undefined && key.startsWith(PREFIX)) found.set(key.slice(PREFIX.length), value);
  }
  return settingsOf(found, world.machine.cpuThreads, use);
}

async function readOptional(files: SettingsWorld["files"], path: string): Promise<string> {
  try {
    return await files.readText(path);
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(thrown) ?? "")) return "";
    throw new FrugalError({
      code: "file-unreadable",
      what: `cannot read ${path}`,
      why: systemCode(thrown) ?? messageOf(thrown),
      remedy: "give this user read access, or move it away",
      cause: thrown,
    });
  }
}

/** Keys of CodeCarbon 3 (mlco2/codecarbon, emissions_tracker.py) that change nothing here. */
const UNUSED: Readonly<Record<string, string>> = {
  allow_multiple_runs: "any number may run at once",
  api_call_interval: "nothing is sent",
  api_endpoint: "nothing is sent",
  api_key: "nothing is sent",
  organization_id: "nothing is sent",
  project_id: "nothing is sent",
  emissions_endpoint: "nothing is sent",
  save_to_api: "nothing is sent",
  save_to_logfire: "nothing is sent",
  save_to_logger: "nothing is sent",
  save_to_prometheus: "nothing is sent",
  prometheus_url: "nothing is sent",
  country_2letter_iso_code: "country_iso_code or --zone names the place",
  force_mode_cpu_load: "a counter is used where there is one",
  force_ram_power: "memory is modelled from what the process holds",
  gpu_ids: "every GPU is read",
  log_level: "use --quiet",
  logger_preamble: "there is no log",
  logging_logger: "there is no log",
  measure_power_secs: "counters are read ten times a second",
  on_csv_write: "each run adds its row once",
  output_handlers: "there are none",
  rapl_include_dram: "every counter is used once",
  rapl_prefer_psys: "every counter is used once",
  region: "name a grid zone with --zone",
};

function settingsOf(
  found: ReadonlyMap<string, string>,
  threads: number,
  use: SettingsUse,
): CodecarbonSettings {
  const left = new Map(found);
  const text = (key: string): string | undefined => {
    const value = left.get(key)?.trim();
    left.delete(key);
    return value === "" || value === undefined || value === "None" ? undefined : value;
  };
  const number = (key: string, least: number): number | undefined => {
    const given = text(key);
    if (given === undefined) return undefined;
    const value = Number(given);
    if (Number.isFinite(value) && value >= least) return value;
    throw unfit(key, given, `give a number from ${least} up`);
  };
  const methods = text("output_methods");
  const saved = text("save_to_file");
  const writes =
    methods === undefined ? saved?.toLowerCase() !== "false" : /(^|,)\s*csv\s*(,|$)/i.test(methods);
  const [folder, name] = [text("output_dir") ?? ".", text("output_file") ?? "emissions.csv"];
  const tracking = text("tracking_mode");
  if (tracking !== undefined && tracking !== "machine" && tracking !== "process") {
    throw unfit("tracking_mode", tracking, "use machine or process");
  }
  const intervalS = use.interval === true ? number("measure_power_secs", LEAST_INTERVAL_S) : undefined;
  const cpuWatts = number("force_cpu_power", 0);
  const [currentToken, oldToken] = [text("electricitymaps_api_token"), text("co2_signal_api_token")];
  const row = known({
    projectName: text("project_name"),
    experimentId: text("experiment_id"),
    tracking: tracking as TrackingMode | undefined,
  });
  const experimentName = text("experiment_name") ?? "base";
  const carbon = known({
    ...placeOf(text("country_iso_code"), text("cloud_provider"), text("cloud_region")),
    pue: number("pue", 1),
    wue: number("wue", 0),
    forcedGPerKwh: number("force_carbon_intensity_g_co2e_kwh", 0),
    electricityMapsToken: currentToken ?? oldToken,
  });
  return {
    row,
    file: writes ? { folder, name } : undefined,
    experimentName,
    carbon,
    // Theirs is what a fully busy processor draws, ours what one busy thread adds.
    env: cpuWatts ? { FRUGAL_CPU_WATTS: String(cpuWatts / threads) } : {},
    ...(intervalS !== undefined && { intervalS }),
    unused: [...left.keys()].sort().map((key) => `${key} (${UNUSED[key] ?? "no setting of CodeCarbon 3"})`),
  };
}

function placeOf(
  country: string | undefined,
  provider: string | undefined,
  region: string | undefined,
): Pick<CarbonConfig, "zone" | "cloud"> {
  if (provider !== undefined && region !== undefined) return { cloud: `${provider}:${region}` };
  if (country === undefined) return {};
  const zone = twoLetterCode(country.toUpperCase());
  if (zone === undefined)
    throw unfit("country_iso_code", country, "give three letters of ISO 3166-1, like FRA");
  return { zone };
}

const unfit = (key: string, value: string, remedy: string): FrugalError =>
  new FrugalError({
    code: "bad-option",
    what: `CodeCarbon's ${key} ${value}`,
    why: "it does not fit",
    remedy: `${remedy} in ${FILE} or CODECARBON_${key.toUpperCase()}`,
  });

const known = <T extends object>(facts: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as never;
