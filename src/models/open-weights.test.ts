import { expect, test } from "vitest";
import { type FakeWorld, fakeWorld } from "../../test/support/fake-world.ts";
import { expectOracle, oracleFile, oracleWorld } from "../../test/support/weight-oracle.ts";
import { FrugalError } from "../core/error.ts";
import { readFloat32 } from "../formats/stored-tensor.ts";
import { openWeights } from "./open-weights.ts";

/** `/m` with the oracle's files under other names. */
const folderOf = (names: Readonly<Record<string, string>>): FakeWorld =>
  fakeWorld({
    files: Object.fromEntries(Object.entries(names).map(([name, from]) => [`/m/${name}`, oracleFile(from)])),
  });

const PARTS = ["00001-of-00004", "00002-of-00004", "00003-of-00004", "00004-of-00004"];
const SHARDED = {
  "model.safetensors.index.json": "model.safetensors.index.json",
  ...Object.fromEntries(PARTS.map((part) => [`model-${part}.safetensors`, `model-${part}.safetensors`])),
};
const SHARDED_PYTORCH = {
  "pytorch_model.bin.index.json": "pytorch_model.bin.index.json",
  "pytorch_model-00001-of-00002.bin": "pytorch_model-00001-of-00002.bin",
  "pytorch_model-00002-of-00002.bin": "pytorch_model-00002-of-00002.bin",
};

test.each([
  [
    "one safetensors file",
    { "model.safetensors": "dtypes.safetensors" },
    "safetensors",
    "dtypes.safetensors",
  ],
  ["safetensors in shards", SHARDED, "safetensors", "model.safetensors.index.json"],
  ["one PyTorch file", { "pytorch_model.bin": "odd.bin" }, "pytorch", "odd.bin"],
  ["PyTorch in shards", SHARDED_PYTORCH, "pytorch", "pytorch_model.bin.index.json"],
  ["one GGUF", { "tiny.Q8_0.gguf": "types.gguf" }, "gguf", "types.gguf"],
  [
    "safetensors before the others",
    { ...SHARDED_PYTORCH, "x.gguf": "types.gguf", "model.safetensors": "dtypes.safetensors" },
    "safetensors",
    "dtypes.safetensors",
  ],
  ["PyTorch before GGUF", { "x.gguf": "types.gguf", "pytorch_model.bin": "odd.bin" }, "pytorch", "odd.bin"],
] as const)("a folder with %s gives its weights", async (_, names, format, oracle) => {
  const world = folderOf(names);
  const weights = await openWeights(world.files, "/m");
  expect(weights.format).toBe(format);
  await expectOracle(world, oracle, weights.tensors);
  expect(weights.paths.length).toBe(oracle.endsWith("json") ? Object.keys(names).length - 1 : 1);
});

test("a GGUF tells of the model beside its weights", async () => {
  const { gguf } = await openWeights(oracleWorld().files, "/m/types.gguf");
  expect(gguf?.get("general.architecture")).toEqual({ type: "string", value: "llama" });
});

test("one file is opened by its own path", async () => {
  const world = oracleWorld();
  for (const file of ["dtypes.safetensors", "odd.bin", "types.gguf"]) {
    await expectOracle(world, file, (await openWeights(world.files, `/m/${file}`)).tensors);
  }
});

test("the parts of a split GGUF are one model, from its folder or from any part", async () => {
  const world = folderOf({ "x-00001-of-00002.gguf": "types.gguf", "x-00002-of-00002.gguf": "aligned.gguf" });
  for (const path of ["/m", "/m/x-00002-of-00002.gguf"]) {
    const { tensors, paths } = await openWeights(world.files, path);
    expect(paths).toEqual(["/m/x-00001-of-00002.gguf", "/m/x-00002-of-00002.gguf"]);
    expect([...tensors.keys()]).toEqual(expect.arrayContaining(["q6_k", "a", "b"]));
  }
});

test.each<[string, Readonly<Record<string, string>>, string, RegExp]>([
  ["with no weights", { "config.json": "model.safetensors.index.json" }, "model-incomplete", /none of model\.safetensors/],
  ["with shards but no index", { "model-00001-of-00004.safetensors": "model-00001-of-00004.safetensors" }, "model-incomplete", /no index/],
  ["with an index but a shard less", { ...SHARDED, "model-00002-of-00004.safetensors": "config" }, "model-incomplete", /00002-of-00004.*missing/],
  ["with two models", { "a.gguf": "types.gguf", "b.gguf": "aligned.gguf" }, "bad-option", /a\.gguf, b\.gguf/],
  ["with a part of a split GGUF", { "x-00001-of-00002.gguf": "types.gguf" }, "model-incomplete", /x-00002-of-00002\.gguf is missing/],
  ["with the same tensors in both parts", { "x-00001-of-00002.gguf": "types.gguf", "x-00002-of-00002.gguf": "types.gguf" }, "bad-model", /26 tensors of 13 names/],
])("a folder %s is refused, and told why", async (_, names, code, message) => {
  const present = Object.fromEntries(Object.entries(names).filter(([, from]) => from !== "config"));
  await expect(openWeights(folderOf(present).files, "/m")).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
}); // biome-ignore format: one line reads as one row

test("a path to nothing, and a file of another kind, are told as such", async () => {
  await expect(openWeights(fakeWorld().files, "/m")).rejects.toMatchObject({ code: "file-missing" });
  await expect(openWeights(fakeWorld({ files: { "/m": "" } }).files, "/m")).rejects.toMatchObject({
    code: "unsupported-input",
  });
});

test("whichever read fails, the error names a path and a remedy", async () => {
  for (const names of [SHARDED, SHARDED_PYTORCH, { "x-00001-of-00001.gguf": "types.gguf" }]) {
    for (let call = 1; ; call++) {
      const files = folderOf(names).stored;
      const world = fakeWorld({ files: Object.fromEntries(files), failAt: { call, code: "EIO" } });
      const result = await openWeights(world.files, "/m")
        .then(async ({ tensors }) => {
          for (const tensor of tensors.values()) await readFloat32(world.files, tensor);
        })
        .catch((thrown: unknown) => thrown);
      if (world.fileCalls() < call) break;
      expect(result, `call ${call}`).toBeInstanceOf(FrugalError);
      expect(result).toMatchObject({ code: "file-unreadable", message: expect.stringContaining("/m") });
    }
  }
});
