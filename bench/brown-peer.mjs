/** `frugal tune` beside a script with transformers and PEFT on the same sentences: see peers/brown/README.md. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeFiles } from "../dist/host/node-files.js";
import { readBrown } from "../dist/journey/demo/brown.js";
import { packagedMiniLm } from "../dist/journey/packaged-models.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const python = process.env.PEFT_PYTHON ?? "python3";
const PAIRS = Number(process.env.PAIRS ?? 3);
const [EPOCHS, RATE, THREADS] = ["4", "0.003", "2"];
const scratch = mkdtempSync(join(tmpdir(), "frugal-brown-"));
const model = await packagedMiniLm(nodeFiles);

function run(command, args) {
  const from = performance.now();
  const env = { ...process.env, FRUGAL_HOME: join(scratch, "home") };
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", env });
  if (status !== 0) throw new Error(stderr);
  return { seconds: (performance.now() - from) / 1e3, told: stdout };
}

run(python, [join(HERE, "peers/brown/minilm.py"), model, join(scratch, "minilm")]);
const { train, test } = await readBrown(nodeFiles, 1, { train: 400, test: 100 });
const data = Object.entries({ train, test }).map(([name, rows]) => {
  const path = join(scratch, `${name}.jsonl`);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return path;
});
const rivals = {
  PEFT(out) {
    const args = [join(scratch, "minilm"), ...data, out, EPOCHS, RATE, THREADS];
    const { seconds, told } = run(python, [join(HERE, "peers/brown/tune.py"), ...args]);
    return { seconds, ...JSON.parse(told.trim().split("\n").at(-1)) };
  },
  "frugal f32": (out) => frugal(out, "f32"),
  "frugal w8a8": (out) => frugal(out, "w8a8"),
};
function frugal(out, base) {
  const args = [
    "--model",
    model,
    "--data",
    data[0],
    "--validation",
    data[1],
    "--task",
    "token-classification",
  ];
  const more = [
    "--out",
    out,
    "--epochs",
    EPOCHS,
    "--rate",
    RATE,
    "--threads",
    THREADS,
    "--batch-tokens",
    "512",
  ];
  const { seconds } = run(process.execPath, [
    join(HERE, "../dist/bin/frugal.js"),
    "tune",
    ...args,
    ...more,
    "--base",
    base,
  ]);
  const { best } = JSON.parse(readFileSync(join(out, "metrics.json"), "utf8"));
  return { seconds, accuracy: best.metrics.accuracy };
}

const found = [];
for (let pair = 0; pair < PAIRS; pair++) {
  for (const [name, tune] of Object.entries(rivals)) {
    const one = { name, pair, ...tune(join(scratch, `${pair}-${name.replaceAll(" ", "-")}`)) };
    found.push(one);
    console.log(JSON.stringify(one));
  }
}
rmSync(scratch, { recursive: true });
const of = (name, key) => found.filter((one) => one.name === name).map((one) => one[key]);
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const lines = [
  "| | whole time, median | share of PEFT's, each pair | accuracy |",
  "| --- | --- | --- | --- |",
  ...Object.keys(rivals).map((name) => {
    const shares = of(name, "seconds").map((seconds, pair) =>
      (seconds / of("PEFT", "seconds")[pair]).toFixed(2),
    );
    return `| ${name} | ${median(of(name, "seconds")).toFixed(1)} s | ${shares.join(", ")} | ${of(
      name,
      "accuracy",
    )
      .map((one) => `${(100 * one).toFixed(1)} %`)
      .join(", ")} |`;
  }),
];
console.log(lines.join("\n"));
const [folder] = process.argv.slice(2);
if (folder !== undefined) {
  mkdirSync(folder, { recursive: true });
  const machine = { cpu: cpus()[0].model, threads: cpus().length, node: process.version };
  writeFileSync(join(folder, "raw.json"), `${JSON.stringify({ machine, found }, undefined, 2)}\n`);
  writeFileSync(
    join(folder, "summary.md"),
    `# MiniLM on Brown, beside transformers and PEFT\n\n${lines.join("\n")}\n`,
  );
}
