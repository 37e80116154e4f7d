/** Metrics between readings and the systems that collect them: one table, two dialects. */

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** Where OpenTelemetry's semantic conventions have a name for exactly this. */
  readonly conventional?: { readonly name: string; readonly attributes: Labels };
}

export interface MetricFamily {
  /** Prometheus' name, with its unit; counters end in `_total`. */
  readonly name: string;
  /** OpenTelemetry's name, whose unit stands beside it. */
  readonly otelName: string;
  /** UCUM: J, g, s, 1, {run}. */
  readonly unit: string;
  /** A counter never goes down while what it counts goes on. */
  readonly kind: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** Families of one program, and the time that their counters count over. */
export interface MetricSet {
  readonly families: readonly MetricFamily[];
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
}

/** Adds up samples of equal labels: two series of one name and the same labels are no exposition. */
export function summed(samples: readonly Sample[]): readonly Sample[] {
  const found = new Map<string, Sample>();
  for (const sample of samples) {
    const key = JSON.stringify(Object.entries(sample.labels).sort());
    const before = found.get(key)?.value ?? 0;
    found.set(key, { ...sample, value: before + sample.value });
  }
  return [...found.values()];
}
