/** How fast this machine runs graphs at this moment: two small ones, in well under a second, for forecasts of large ones. */
import type { Clock, Files } from "../core/ports.ts";
import { Builder } from "../graph/builder.ts";
import type { Graph } from "../graph/graph.ts";
import type { Rates } from "../graph/summary/forecast.ts";
import { openGraph } from "./graph-session.ts";
import { requireEngine } from "./require-engine.ts";

/** A product as layers of small language models have them; 1.8 GFLOP, some milliseconds. */
const PRODUCT = { rows: 1_024, inner: 576, columns: 1_536 };
/** 32 MB each of two operands and a sum: more than what stays in caches, as the values of a step are. */
const ELEMENTS = 2 ** 23;
const ROUNDS = 8;

/** The best of some runs: what else the machine does makes a run longer, and nothing makes it shorter. */
export async function measureRates(
  world: { readonly clock: Clock; readonly files: Files },
  options: { readonly folder: string; readonly threads?: number },
): Promise<Rates> {
  const { rows, inner, columns } = PRODUCT;
  const product = binary("MatMul", [rows, inner], [inner, columns]);
  const sum = binary("Add", [ELEMENTS], [ELEMENTS]);
  const flopsPerSecond = (2 * rows * inner * columns) / (await secondsOf(world, product, options));
  const bytesPerSecond = (3 * 4 * ELEMENTS) / (await secondsOf(world, sum, options));
  return { flopsPerSecond, bytesPerSecond };
}

/** Only a corner of the result leaves the session: the rest lies in memory that was touched before, as within a step. */
function binary(op: string, left: readonly number[], right: readonly number[]): Graph {
  const build = new Builder(`rate-${op.toLowerCase()}`);
  const made = build.op(op, [build.input("left", "float32", left), build.input("right", "float32", right)]);
  return build.build([build.op("Slice", [made, build.ints([0]), build.ints([1]), build.ints([0])])]);
}

async function secondsOf(
  { clock, files }: { readonly clock: Clock; readonly files: Files },
  graph: Graph,
  options: { readonly folder: string; readonly threads?: number },
): Promise<number> {
  const { Tensor } = await requireEngine("onnxruntime-node", async () => await import("onnxruntime-node"));
  const session = await openGraph(files, graph, options);
  try {
    const feeds = Object.fromEntries(
      graph.inputs.map((name) => {
        const shape = graph.types.get(name)!.shape as readonly number[];
        const values = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1);
        return [name, new Tensor("float32", values, shape)];
      }),
    );
    // Memory is touched for the first time.
    await session.run(feeds);
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) {
      const from = clock.now();
      await session.run(feeds);
      best = Math.min(best, clock.now() - from);
    }
    return best;
  } finally {
    await session.close();
  }
}
