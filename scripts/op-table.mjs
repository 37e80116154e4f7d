// Writes docs/operators.md from the op table and ONNX's node tests; with --check it only says whether the file is stale.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { readOnnxModel } from "../dist/formats/onnx/read-model.js";
import { OP_TABLE, rowOf } from "../dist/graph/op-table.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const path = join(root, "docs", "operators.md");

/** The files of a tar archive (POSIX.1-1988 ustar: name at 0, size in octal at 124, blocks of 512). */
function unpacked(tar) {
  const files = new Map();
  const text = (at, length) => tar.toString("latin1", at, at + length).replace(/\0.*$/s, "");
  for (let at = 0; tar[at] !== 0 && at < tar.length; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const folder = text(at + 345, 155);
    files.set(`${folder && `${folder}/`}${text(at, 100)}`, tar.subarray(at + 512, at + 512 + size));
    at += 512 + 512 * Math.ceil(size / 512);
  }
  return files;
}

/** How many node tests an operator is in whose operators are all in the table: those that test/graph/conformance.test.ts takes. */
async function casesOf() {
  const files = unpacked(
    gunzipSync(readFileSync(join(root, "test", "fixtures", "onnx-node-tests", "cases.tar.gz"))),
  );
  const reader = {
    readBytes: async (name, { offset, length } = { offset: 0, length: Number.POSITIVE_INFINITY }) =>
      files.get(name).subarray(offset, offset + length),
    stat: async (name) => ({ kind: "file", size: files.get(name).length, modifiedMs: 0 }),
  };
  const counts = new Map();
  for (const name of files.keys()) {
    if (!name.endsWith("/model.onnx")) continue;
    const { graph } = await readOnnxModel(reader, name);
    const rows = new Set(graph.nodes.map(({ domain, op }) => rowOf(domain, op)));
    if (rows.has(undefined)) continue;
    for (const row of rows) counts.set(row, (counts.get(row) ?? 0) + 1);
  }
  return counts;
}

/** How many cases test/graph/torch-gradients.test.ts has of each operator. */
function goldensOf() {
  const { cases } = JSON.parse(readFileSync(join(root, "test", "oracles", "op-gradients.json"), "utf8"));
  const counts = new Map();
  for (const { domain, op } of cases) {
    const row = rowOf(domain, op);
    counts.set(row, (counts.get(row) ?? 0) + 1);
  }
  return counts;
}

const counts = await casesOf();
const goldens = goldensOf();
const named = (row) => `${row.domain ? `${row.domain}.` : ""}${row.op}`;
const gradient = (row) =>
  row.gradient === "flat" ? "flat" : row.gradient ? "yes" : row.lower ? "when lowered" : "none";
const rows = OP_TABLE.toSorted((a, b) => (named(a) < named(b) ? -1 : 1)).map((row) =>
  [
    `\`${named(row)}\``,
    row.evaluate ? "yes" : "",
    gradient(row),
    row.lower ? "yes" : "",
    row.samples.length,
    goldens.get(row) ?? "",
    counts.get(row) ?? "",
  ].join(" | "),
);
const having = (what) => OP_TABLE.filter(what).length;

const text = `# Operators

Generated from the op table by \`npm run docs\`; do not edit. [graph.md](graph.md) tells what the table is and how a row is added.

${OP_TABLE.length} operators, all with the types and shapes of what they make.
${having((row) => typeof row.gradient === "function")} have a gradient, ${having((row) => row.gradient === "flat")} are flat (a small change of what comes in changes nothing), and ${having((row) => row.lower)} can be replaced with plain operators.

- **before the run**: results for inputs that are known when the graph is built, for what decides shapes
- **gradient**: \`when lowered\`, training replaces the operator first; \`none\`, nothing behind it can be trained
- **samples**: small runs on ONNX Runtime that types, values, gradient and lowering are held against
- **PyTorch**: cases whose outputs and gradients are those of torch.autograd
- **ONNX's tests**: node tests of ONNX 1.12 that the operator is in; test/graph/conformance.test.ts lists those few that say nothing, with reasons

| operator | before the run | gradient | lowered | samples | PyTorch | ONNX's tests |
| --- | --- | --- | --- | --- | --- | --- |
${rows.map((row) => `| ${row} |`).join("\n")}
`;

if (process.argv.includes("--check")) {
  if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
    console.error("docs/operators.md is stale: run npm run docs");
    process.exit(1);
  }
} else writeFileSync(path, text);
