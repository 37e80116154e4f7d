import { expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import { fromFloat32, toFloat32 } from "./convert-dtype.ts";
import { asBlocks, asFloat } from "./converted-tensor.ts";
import { blockScales, quantizeBlocks } from "./quantize-blocks.ts";
import { type TensorRef, tensorBytes } from "./tensor-ref.ts";

/** More than one piece of it is read. */
const SHAPE = [600, 1_024];
const VALUES = Float32Array.from({ length: 600 * 1_024 }, (_, at) => Math.sin(at * 0.37) * (1 + (at % 11)));

async function inFile(dtype: "float32" | "bfloat16" | "float16") {
  const world = fakeWorld();
  const bytes = fromFloat32(VALUES, dtype);
  const file = new Uint8Array(4 + bytes.length);
  file.set(bytes, 4);
  await world.files.writeAtomic("/w.bin", file);
  const tensor: TensorRef = {
    dtype,
    shape: SHAPE,
    data: { path: "/w.bin", offset: 4, length: bytes.length },
  };
  return { files: world.files, tensor, exact: toFloat32(bytes, dtype) };
}

test.each(["float32", "bfloat16", "float16"] as const)(
  "%s in a file is quantized as in memory",
  async (dtype) => {
    const { files, tensor, exact } = await inFile(dtype);
    for (const bits of [8, 4] as const) {
      const { values, scales } = asBlocks(tensor, bits);
      const expected = blockScales(exact, bits);
      expect(scales.shape).toEqual([600, 32]);
      expect(Buffer.compare(await tensorBytes(files, values), quantizeBlocks(exact, expected, bits))).toBe(0);
      expect(Buffer.compare(await tensorBytes(files, scales), fromFloat32(expected, "float32"))).toBe(0);
    }
  },
);

test("what is converted can be converted again", async () => {
  const { files, tensor, exact } = await inFile("bfloat16");
  const wide = asFloat(tensor, "float32");
  expect(Buffer.compare(await tensorBytes(files, wide), fromFloat32(exact, "float32"))).toBe(0);
  const again = await tensorBytes(files, asFloat(wide, "bfloat16"));
  expect(Buffer.compare(again, await tensorBytes(files, tensor))).toBe(0);
});

test("a tensor of the asked type is itself", async () => {
  const { tensor } = await inFile("float32");
  expect(asFloat(tensor, "float32")).toBe(tensor);
});
