/** Whether what was exported computes what was trained: both are run on the same examples. */
import { FrugalError } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import type { Graph } from "../../graph/graph.ts";
import { openShapeSessions, type PlainFeeds } from "../train/graph-trainer.ts";

/** Of the largest answer: what rounding the merged weights to a type leaves room for, and a fault does not keep to. */
export const BOUNDS = { float32: 1e-3, float16: 1e-2, bfloat16: 1e-1 } as const;

export interface ExportCheck {
  /** The largest difference of an answer, as a share of the largest answer. */
  readonly largest: number;
  readonly bound: number;
}

export interface CheckedGraphs {
  /** Of the trained model; the first output counts. */
  readonly trained: Graph;
  /** Of what was read back. */
  readonly exported: Graph;
  readonly probe: PlainFeeds;
}

/**
 * @param folder where the graphs are written for the while.
 * @throws "export-refused" when an answer differs by more than the bound, or is no number.
 */
export async function checkExport(
  files: Files,
  what: string,
  { trained, exported, probe }: CheckedGraphs,
  { folder, bound, threads }: { readonly folder: string; readonly bound: number; readonly threads?: number },
): Promise<ExportCheck> {
  const answers = async (graph: Graph, name: string): Promise<Float32Array> => {
    const options = { folder: `${folder}/${name}`, ...(threads !== undefined && { threads }) };
    const sessions = await openShapeSessions(files, () => graph, options);
    try {
      return (await sessions.run({ rows: 1, length: 1 }, probe))[graph.outputs[0]!]!;
    } finally {
      await sessions.close();
    }
  };
  const [wanted, found] = [await answers(trained, "trained"), await answers(exported, "exported")];
  const largest = largestDifference(wanted, found);
  if (largest <= bound) return { largest, bound };
  throw new FrugalError({
    code: "export-refused",
    what: `${what} does not compute what was trained`,
    why: `an answer differs by ${largest} of the largest answer, and ${bound} is allowed`,
    remedy: "keep the adapter beside its base, and report this",
  });
}

/** NaN where one of them is none, or their sizes differ: no bound holds then. */
export function largestDifference(wanted: Float32Array, found: Float32Array): number {
  if (wanted.length !== found.length) return Number.NaN;
  let [largest, away] = [0, 0];
  for (let at = 0; at < wanted.length; at++) {
    if (!Number.isFinite(wanted[at]! - found[at]!)) return Number.NaN;
    largest = Math.max(largest, Math.abs(wanted[at]!));
    away = Math.max(away, Math.abs(wanted[at]! - found[at]!));
  }
  return away === 0 ? 0 : away / largest;
}
