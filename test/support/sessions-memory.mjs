/** Prints by how much a process grows that runs four sessions in turn, each with some 100 MB between input and output. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ort from "onnxruntime-node";
import { openGraph } from "../../dist/engines/graph-session.js";
import { Builder } from "../../dist/graph/builder.js";
import { nodeFiles } from "../../dist/host/node-files.js";
import { hasOneHeap } from "../../dist/host/one-heap.js";

const ELEMENTS = 6_000_000;
const folder = mkdtempSync(join(tmpdir(), "sessions-"));
const oneHeap = hasOneHeap();
try {
  const x = new ort.Tensor("float32", new Float32Array(ELEMENTS).fill(1), [ELEMENTS]);
  const before = process.memoryUsage.rss();
  for (let session = 0; session < 4; session++) {
    const build = new Builder(`session-${session}`);
    const input = build.input("x", "float32", [ELEMENTS]);
    const parts = ["Sin", "Cos", "Exp", "Tanh"].map((op) => build.op(op, [input]));
    const sum = build.op("Sum", parts);
    const opened = await openGraph(nodeFiles, build.build([build.op("ReduceMax", [sum])]), {
      folder,
      oneHeap,
    });
    await opened.run({ x });
  }
  process.stdout.write(JSON.stringify({ megabytes: (process.memoryUsage.rss() - before) / 1e6, oneHeap }));
} finally {
  rmSync(folder, { recursive: true });
}
