/** Whether this machine multiplies small integers exactly: older x86 processors add pairs of products in 16 bits, which are cut off. */
import { FrugalError } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { Builder } from "../graph/builder.ts";
import { openGraph } from "./graph-session.ts";
import { requireEngine } from "./require-engine.ts";

/** More than kernels of any width take at once, and not a multiple of one. */
const LENGTH = 131;
const [MOST_UINT8, MOST_INT8] = [255, 127];

/**
 * Largest times largest: two such products are more than 16 bits hold (VPMADDUBSW, Intel 64 and IA-32 Architectures Software
 * Developer's Manual, volume 2). @throws "engine-missing", and "machine-unsuitable" where sums are cut off.
 */
export async function checkIntegerKernels(files: Files, folder: string): Promise<void> {
  const { Tensor } = await requireEngine("onnxruntime-node", async () => await import("onnxruntime-node"));
  const build = new Builder("integer-kernels");
  const left = build.input("left", "uint8", [1, LENGTH]);
  const values = Array.from({ length: LENGTH }, () => MOST_INT8);
  const right = build.constant({ dtype: "int8", shape: [LENGTH, 1], values });
  const session = await openGraph(files, build.build([build.op("MatMulInteger", [left, right])]), { folder });
  try {
    const made = await session.run({
      left: new Tensor("uint8", new Uint8Array(LENGTH).fill(MOST_UINT8), [1, LENGTH]),
    });
    requireExact(Object.values(made)[0]!.data as Int32Array);
  } finally {
    await session.close();
  }
}

export function requireExact([sum]: Int32Array): void {
  if (sum === LENGTH * MOST_UINT8 * MOST_INT8) return;
  throw new FrugalError({
    code: "machine-unsuitable",
    what: "products in integers are not exact on this machine",
    why: "its processor cuts sums of small integers off at 16 bits",
    remedy: "choose another base: int8 takes as little memory, f32 is as fast as it gets here",
  });
}
