/** A LoRA step beside PyTorch and PEFT: see peers/peft/README.md. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ONE_HEAP } from "../dist/host/one-heap.js";
import { Unavailable } from "./unavailable.mjs";

const [layers, rows, length] = (process.env.LORA_SHAPE ?? "30,4,256").split(",");
const [encoderRows, encoderLength] = (process.env.LORA_ENCODER_SHAPE ?? "32,128").split(",");
const mode = process.env.LORA_MODE ?? "keep";
const base = process.env.LORA_BASE ?? "f32";
const THREADS = "2";
const STEPS = "6";
const HERE = import.meta.dirname;
const python = process.env.PEFT_PYTHON ?? "python3";

/** Once for all comparisons. */
let notes;
function prepare() {
  notes ??= [
    `LoRA, decoder: ${layers} layers, ${rows} × ${length} tokens; encoder: ${encoderRows} × ${encoderLength} tokens; ${THREADS} threads, frugal keeps: ${mode}, base: ${base}`,
    `PEFT: ${versions()}`,
    `CPU flags: ${cpuFlags()}`,
  ];
  return notes;
}

function versions() {
  const program =
    "import torch, transformers, peft; print(torch.__version__, transformers.__version__, peft.__version__)";
  const { status, stdout, error } = spawnSync(python, ["-c", program], { encoding: "utf8" });
  if (status === 0) return `PyTorch, transformers, PEFT ${stdout.trim()}`;
  throw new Unavailable(
    `${python} ${error === undefined ? "lacks torch, transformers or peft" : "cannot be run"}; PEFT_PYTHON names one that has them`,
  );
}

function cpuFlags() {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
    return flags
      .split(" ")
      .filter((flag) => /^(avx|amx|fma)/.test(flag))
      .join(" ");
  } catch {
    return "not told by this system";
  }
}

const run = (command, args, env = {}) => ({
  measure: () =>
    JSON.parse(
      execFileSync(command, args, {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
        env: { ...process.env, ...env },
      })
        .trim()
        .split("\n")
        .at(-1),
    ),
});
const reading = (name) => (found) => found[name];

/** @param model what is trained, and @param ours and @param theirs the steps of it with their shape. */
const against = (model, ours, theirs) => (peer) => ({
  name: `${model}, PEFT ${peer}`,
  question: `How long does a token take in a LoRA step, and how much memory, beside PEFT in ${peer}?`,
  pairs: 3,
  readings: [
    { name: "wall time", unit: "ms per token", of: reading("ms_per_token") },
    { name: "CPU time", unit: "ms per token", of: reading("cpu_ms_per_token") },
    { name: "peak memory", unit: "MB", of: reading("peak_mb") },
    { name: "start", unit: "s", of: reading("start_s") },
    { name: "float32 product", unit: "GFLOP/s", of: reading("gemm_gflops") },
  ],
  a: {
    label: "frugal",
    // As `frugal tune` starts the process that trains.
    ...run(
      process.execPath,
      [join(HERE, "lora", ours.file), ...ours.shape, mode, THREADS, STEPS, base],
      ONE_HEAP,
    ),
  },
  b: {
    label: `PEFT ${peer}`,
    ...run(python, [join(HERE, "peers", "peft", theirs), ...ours.shape, peer, THREADS, STEPS]),
  },
});

const decoder = against("lora", { file: "step.mjs", shape: [layers, rows, length] }, "step.py");
const encoder = against(
  "lora encoder",
  { file: "encoder-step.mjs", shape: [encoderRows, encoderLength] },
  "encoder_step.py",
);

export const comparisons = ["f32", "bf16", "amp"]
  .flatMap((peer) => [decoder(peer), encoder(peer)])
  .map((comparison) => ({ ...comparison, prepare, isPeer: true, warmUp: 0 }));
