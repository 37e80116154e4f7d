/** Weight files that PyTorch, safetensors, huggingface_hub and gguf-py wrote, and what they read back (test/oracles/weight_files.py). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { FrugalError } from "../../src/core/error.ts";
import { readFloat32, type StoredTensor } from "../../src/formats/stored-tensor.ts";
import { type FakeWorld, fakeWorld } from "./fake-world.ts";

const FOLDER = join(import.meta.dirname, "../oracles/weights");

interface OracleTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** NaN and infinities as Python writes them. */
  readonly values: readonly (number | "nan" | "inf" | "-inf")[];
}

const answers = JSON.parse(readFileSync(join(FOLDER, "answers.json"), "utf8")) as {
  readonly files: Readonly<Record<string, Readonly<Record<string, OracleTensor>>>>;
};

export const oracleFile = (name: string): Uint8Array => new Uint8Array(readFileSync(join(FOLDER, name)));

/** A world whose folder `/m` holds all of the oracle's files. */
export function oracleWorld(): FakeWorld {
  const names = readdirSync(FOLDER).filter((name) => name !== "answers.json");
  return fakeWorld({ files: Object.fromEntries(names.map((name) => [`/m/${name}`, oracleFile(name)])) });
}

const NON_FINITE = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY };

/** Every tensor of the file, each of its values to the bit of fp32. */
export async function expectOracle(
  world: FakeWorld,
  file: string,
  tensors: ReadonlyMap<string, StoredTensor>,
): Promise<void> {
  const wanted = answers.files[file]!;
  expect([...tensors.keys()].sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, { dtype, shape, values }] of Object.entries(wanted)) {
    const tensor = tensors.get(name)!;
    expect(tensor.shape, name).toEqual(shape);
    expect("blocks" in tensor ? tensor.blocks.name : tensor.dtype, name).toBe(OUR_NAMES[dtype] ?? dtype);
    const rounded = values.map((value) => Math.fround(typeof value === "number" ? value : NON_FINITE[value]));
    expect([...(await readFloat32(world.files, tensor))], name).toEqual(rounded);
  }
}

const OUR_NAMES: Readonly<Record<string, string>> = {
  float8_e4m3fn: "float8e4m3fn", float8_e5m2: "float8e5m2",
  F32: "float32", F16: "float16", BF16: "bfloat16", I32: "int32", F64: "float64",
}; // biome-ignore format: one line reads as one row

/** Opens `content` and reads all of its tensors: fine, or an error that explains itself. */
export async function expectValueOrClearError(
  open: (world: FakeWorld) => Promise<ReadonlyMap<string, StoredTensor>>,
  path: string,
  content: Uint8Array,
): Promise<"value" | "error"> {
  const world = fakeWorld({ files: { [path]: content } });
  try {
    for (const tensor of (await open(world)).values()) await readFloat32(world.files, tensor);
    return "value";
  } catch (thrown) {
    if (!(thrown instanceof FrugalError)) throw thrown;
    return "error";
  }
}

/** All prefixes and all single flipped bits are too many for large files: each `step`-th. */
export async function sweepDamage(
  open: (world: FakeWorld) => Promise<ReadonlyMap<string, StoredTensor>>,
  path: string,
  content: Uint8Array,
  step = 1,
): Promise<{ readonly cut: ReadonlySet<string>; readonly flipped: ReadonlySet<string> }> {
  const cut = new Set<string>();
  const flipped = new Set<string>();
  for (let size = 0; size < content.length; size += step) {
    cut.add(await expectValueOrClearError(open, path, content.subarray(0, size)));
  }
  for (let bit = 0; bit < content.length * 8; bit += step) {
    const damaged = content.slice();
    damaged[bit >>> 3]! ^= 1 << (bit & 7);
    flipped.add(await expectValueOrClearError(open, path, damaged));
  }
  return { cut, flipped };
}
