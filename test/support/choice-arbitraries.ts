/** Arbitrary choice reports: missing parts, zero energy, one candidate or none, nobody above the floor, hostile texts. */
import fc from "fast-check";
import type { Range, Receipt } from "../../src/receipt/receipt.ts";
import type { ChoiceCandidate, ChoiceReport } from "../../src/score/choice-report.ts";
import { RECEIPT_LIST } from "./choice-reports.ts";

/** Words that a broken format would leave; texts from data must not hold them, or a test could not tell. */
export const BROKEN: RegExp = /NaN|undefined|Infinity|\[object/;

export const HOSTILE: readonly string[] = [
  "<script>alert(1)</script>",
  "</script><script>alert(1)</script>",
  "</style><img src=x onerror=alert(1)>",
  '" onmouseover="alert(1)',
  "&lt;b&gt; &amp; 'quoted'",
  "]]><!-- -->",
  "\u001b[31mred\u001b[0m\u0007",
  "\u202Eevil",
  "half a pair \ud800",
  "見出し語が長いモデルの名前",
  "👩‍🔬👩‍🔬👩‍🔬",
  "שלום",
  `very ${"long ".repeat(60)}`,
  "x".repeat(300),
  "javascript:alert(1)",
  "https://example.org/?a=1&b=<2>",
];

/** Any UTF-16 code units: controls and halves of pairs too. */
export const codeUnits: fc.Arbitrary<string> = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
  maxLength: 20,
});

const text = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: "grapheme", maxLength: 40 }).filter((each) => !BROKEN.test(each)),
  codeUnits.filter((each) => !BROKEN.test(each)),
);

const ordered = (value: fc.Arbitrary<number>): fc.Arbitrary<Range> =>
  fc.tuple(value, value, value).map((three) => {
    const [low = 0, middle = 0, high = 0] = three.toSorted((a, b) => a - b);
    return { low, value: middle, high };
  });
const joules = ordered(
  fc.oneof(fc.constantFrom(0, 1, 3_600, 1e-9), fc.double({ min: 0, max: 1e15, noNaN: true })),
);
const ratio = ordered(fc.oneof(fc.constantFrom(0, 1, 34), fc.double({ min: 0, max: 1e6, noNaN: true })));
/** The macro F1 of an empty matrix is NaN. */
const share = ordered(fc.oneof(fc.constantFrom(0, 0.9, 1), fc.double({ min: 0, max: 1, noNaN: true })));
const quality = fc.oneof(
  { weight: 9, arbitrary: share },
  {
    weight: 1,
    arbitrary: fc.constant({ low: Number.NaN, value: Number.NaN, high: Number.NaN }),
  },
);
const count = fc.nat(100_000);
const optional = <T, K extends keyof T>(
  parts: { [P in keyof T]: fc.Arbitrary<T[P]> },
  requiredKeys: readonly K[],
): fc.Arbitrary<T> => fc.record(parts, { requiredKeys: [...requiredKeys] }) as fc.Arbitrary<T>;

const confusion = fc.integer({ min: 0, max: 14 }).chain((size) =>
  fc.record({
    labels: fc.array(text, { minLength: size, maxLength: size }),
    counts: fc.array(fc.array(count, { minLength: size, maxLength: size }), {
      minLength: size,
      maxLength: size,
    }),
    seed: count,
  }),
);

const candidate = (id: string): fc.Arbitrary<ChoiceCandidate> =>
  optional<ChoiceCandidate, keyof ChoiceCandidate>(
    {
      id: fc.constant(id),
      label: text,
      kind: text,
      description: text,
      quality: fc.record({
        per_seed: fc.array(fc.record({ seed: count, estimate: quality }), { maxLength: 3 }),
        median: quality,
        method: text,
        count,
      }),
      energy: optional(
        {
          status: fc.constantFrom("measured" as const, "modelled" as const, "unavailable" as const),
          train_j: joules,
          per_unit_j: joules,
          unit: fc.oneof(fc.constant("1,000 mails"), text),
          sources: fc.array(text, { maxLength: 2 }),
          repeats: count,
        },
        ["status", "unit", "sources", "repeats"],
      ),
      relative_energy: fc.record({ reference: fc.constantFrom("c0", "c1", "gone"), ratio, method: text }),
      duration_s: fc.double({ min: 0, max: 1e7, noNaN: true }),
      train_s: fc.double({ min: 0, max: 1e7, noNaN: true }),
      size_b: count,
      floor: fc.constantFrom("meets" as const, "straddles" as const, "misses" as const),
      confusion,
      items: fc.array(
        optional(
          {
            name: text,
            value: fc.double({ min: 0, max: 3 }),
            words: count,
            errors: count,
            duration_s: fc.double({ min: 0, max: 1e4, noNaN: true }),
            expected: text,
            found: text,
          },
          ["name", "value"],
        ),
        { maxLength: 3 },
      ),
      model: optional({ id: text, source: text, licence: text }, ["id"]),
      receipts: fc.array(fc.oneof(text, fc.constantFrom(...RECEIPT_LIST.map((each) => each.id))), {
        maxLength: 2,
      }),
      notes: fc.array(text, { maxLength: 2 }),
    },
    ["id", "label", "kind", "description", "quality", "energy", "floor", "receipts", "notes"],
  );

const candidates = fc
  .integer({ min: 0, max: 6 })
  .chain((size) => fc.tuple(...Array.from({ length: size }, (_, at) => candidate(`c${at}`))));

export const anyChoice: fc.Arbitrary<ChoiceReport> = optional<ChoiceReport, keyof ChoiceReport>(
  {
    schema: fc.constant("frugal.choice/1" as const),
    title: text,
    question: text,
    task: text,
    metric: fc.record({
      name: fc.oneof(fc.constantFrom("accuracy", "macro_f1", "word_error_rate"), text),
      better: fc.constantFrom("higher" as const, "lower" as const),
    }),
    floor: fc.record({ value: fc.double({ min: 0, max: 1, noNaN: true }), source: text }),
    candidates,
    picked: fc.constantFrom("c0", "c1", "gone"),
    why: text,
    data: optional(
      {
        name: text,
        source: text,
        licence: text,
        counts: fc.dictionary(text, count, { maxKeys: 3 }),
        sha256: text,
        prepared: fc.array(text, { maxLength: 2 }),
      },
      ["name", "counts", "prepared"],
    ),
    seeds: fc.array(count, { maxLength: 3 }),
    made_at: fc.oneof(fc.constant("2026-11-25T09:31:00.000Z"), text),
    hardware: fc.record({ cpu_model: text, cpu_threads: count, memory_b: count, os: text, arch: text }),
    carbon: optional(
      { zone: text, zone_from: text, intensity_g_per_kwh: joules, year: count, source: text, licence: text },
      ["zone", "zone_from", "intensity_g_per_kwh", "year", "source"],
    ),
    published: fc.array(
      fc.record({
        label: text,
        value: joules,
        unit: text,
        source: text,
        notes: fc.array(text, { maxLength: 2 }),
      }),
      { maxLength: 2 },
    ),
    honesty: fc.array(text, { maxLength: 2 }),
  },
  [
    "schema", "title", "question", "task", "metric", "floor", "candidates", "why", "data", "seeds", "made_at", "honesty",
  ], // biome-ignore format: one list
);

/** A receipt whose every text is hostile and whose optional parts may be missing. */
export const anyReceipt: fc.Arbitrary<Receipt> = fc
  .tuple(fc.constantFrom(...RECEIPT_LIST), text, text, fc.boolean())
  .map(([receipt, one, two, isBare]) => {
    const { carbon, work, quality, seeds, settings, ...bare } = receipt;
    const hostile = {
      ...bare,
      id: one,
      subject: { type: "model" as const, id: two },
      energy: { parts: receipt.energy.parts, status: "unavailable" as const, shared: true },
      software: { [one]: two },
    };
    return isBare
      ? hostile
      : { ...receipt, id: one, subject: { ...receipt.subject, id: two }, settings: { [one]: two, n: 1 } };
  });
