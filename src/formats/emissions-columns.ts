/** The files of CodeCarbon 3: names and order of their columns (mlco2/codecarbon, output_methods/emissions_data.py). */

const BEFORE_EXPERIMENT = ["timestamp", "project_name", "run_id"] as const;
const FIGURES = [
  "duration",
  "emissions",
  "emissions_rate",
  "cpu_power",
  "gpu_power",
  "ram_power",
  "cpu_energy",
  "gpu_energy",
  "ram_energy",
  "energy_consumed",
  "water_consumed",
  "country_name",
  "country_iso_code",
  "region",
  "cloud_provider",
  "cloud_region",
  "os",
  "python_version",
  "codecarbon_version",
  "cpu_count",
  "cpu_model",
  "gpu_count",
  "gpu_model",
  "longitude",
  "latitude",
  "ram_total_size",
  "tracking_mode",
  "cpu_utilization_percent",
  "gpu_utilization_percent",
  "ram_utilization_percent",
  "ram_used_gb",
  "on_cloud",
] as const;

export type EmissionsColumn =
  | (typeof BEFORE_EXPERIMENT)[number]
  | (typeof FIGURES)[number]
  | "experiment_id"
  | "pue"
  | "wue"
  | "task_name";

/** Units of the figures, by column: s, kg CO2e, kg/s, W, kWh, L, GiB, percent, and L/kWh for `wue`. */
export const EMISSIONS_COLUMNS: readonly EmissionsColumn[] = [
  ...BEFORE_EXPERIMENT,
  "experiment_id",
  ...FIGURES,
  "pue",
  "wue",
];
export const TASK_COLUMNS: readonly EmissionsColumn[] = ["task_name", ...BEFORE_EXPERIMENT, ...FIGURES];

/** A cell that nobody knows is left out; it becomes an empty one, never a zero. */
export type EmissionsRow = Readonly<Partial<Record<EmissionsColumn, string | number>>>;
