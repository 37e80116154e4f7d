import fc from "fast-check";
import { expect, test } from "vitest";
import { type FakeWorld, fakeWorld } from "../../test/support/fake-world.ts";
import { expectOracle, oracleFile, oracleWorld, sweepDamage } from "../../test/support/weight-oracle.ts";
import { FrugalError } from "../core/error.ts";
import { openSafetensors, writeSafetensorsFile } from "./safetensors.ts";
import { openSafetensorsShards, writeSafetensorsFolder } from "./safetensors-folder.ts";
import { readPlain } from "./stored-tensor.ts";
import { DTYPE_BITS, type TensorRef } from "./tensor-ref.ts";

const INDEX = "/m/model.safetensors.index.json";

test("a file of the safetensors package with every dtype is opened by its header", async () => {
  const world = oracleWorld();
  const { tensors, metadata } = await openSafetensors(world.files, "/m/dtypes.safetensors");
  await expectOracle(world, "dtypes.safetensors", tensors);
  expect(Object.fromEntries(metadata)).toEqual({ format: "pt", note: "ü" });
});

test("shards of huggingface_hub are opened by their index", async () => {
  const world = oracleWorld();
  const { tensors, paths } = await openSafetensorsShards(world.files, INDEX);
  await expectOracle(world, "model.safetensors.index.json", tensors);
  expect(paths.length).toBe(4);
});

test("what is written from other files is the same, byte for byte, as a second time", async () => {
  const world = oracleWorld();
  const { tensors, metadata } = await openSafetensors(world.files, "/m/dtypes.safetensors");
  await writeSafetensorsFile(world.files, "/m/dtypes.safetensors", tensors, { metadata });
  const once = world.stored.get("/m/dtypes.safetensors");
  const again = await openSafetensors(world.files, "/m/dtypes.safetensors");
  await expectOracle(world, "dtypes.safetensors", again.tensors);
  expect(again.metadata).toEqual(metadata);
  await writeSafetensorsFile(world.files, "/m/copy.safetensors", again.tensors, { metadata });
  expect(world.stored.get("/m/copy.safetensors")).toEqual(once);
});

test("every tensor lies at a multiple of its element's size", async () => {
  const world = oracleWorld();
  const { tensors } = await openSafetensors(world.files, "/m/dtypes.safetensors");
  const backwards = new Map([...tensors].reverse());
  await writeSafetensorsFile(world.files, "/m/copy.safetensors", backwards);
  const copy = await openSafetensors(world.files, "/m/copy.safetensors");
  for (const [name, { dtype, data }] of copy.tensors) {
    if (!("path" in data) || dtype === "string") throw new Error("not in the file");
    expect(data.offset % (DTYPE_BITS[dtype] / 8), name).toBe(0);
  }
});

const anyTensors = fc
  .uniqueArray(
    fc.string({ minLength: 1 }).filter((name) => name !== "__metadata__"),
    { maxLength: 8 },
  )
  .chain((names) =>
    fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), fc.uint8Array({ maxLength: 40 })))),
  )
  .map(
    (all) =>
      new Map(
        all.map(([name, data]): [string, TensorRef] => [
          name,
          { dtype: "uint8", shape: [data.length], data },
        ]),
      ),
  );

async function values(
  world: FakeWorld,
  tensors: ReadonlyMap<string, TensorRef>,
): Promise<Map<string, Uint8Array>> {
  const read = new Map<string, Uint8Array>();
  for (const [name, tensor] of tensors)
    read.set(name, Uint8Array.from((await readPlain(world.files, tensor)).data));
  return read;
}

test("any tensors survive being written with any maximum, which no file of several tensors exceeds", async () => {
  await fc.assert(
    fc.asyncProperty(anyTensors, fc.integer({ min: 1, max: 100 }), async (tensors, maxShardBytes) => {
      const world = fakeWorld();
      const names = await writeSafetensorsFolder(world.files, "/m", tensors, { maxShardBytes });
      const { tensors: read } =
        names.length === 1
          ? await openSafetensors(world.files, "/m/model.safetensors")
          : await openSafetensorsShards(world.files, INDEX);
      expect(await values(world, read)).toEqual(await values(world, tensors));
      for (const name of names.filter((one) => one.endsWith(".safetensors"))) {
        const shard = (await openSafetensors(world.files, `/m/${name}`)).tensors;
        const bytes = [...shard.values()].reduce((sum, { data }) => sum + data.length, 0);
        expect(shard.size <= 1 || bytes <= maxShardBytes).toBe(true);
      }
    }),
  );
});

test("names, total size and one file for a tensor larger than the maximum are as huggingface_hub has them", async () => {
  const world = oracleWorld();
  const wanted = JSON.parse(await world.files.readText(INDEX));
  const { tensors } = await openSafetensorsShards(world.files, INDEX);
  const names = await writeSafetensorsFolder(world.files, "/copy", tensors, { maxShardBytes: 250 });
  expect(names.at(-1)).toBe("model.safetensors.index.json");
  expect(JSON.parse(await world.files.readText("/copy/model.safetensors.index.json"))).toEqual(wanted);
});

function indexed(weightMap: unknown, files: Readonly<Record<string, string>> = {}): FakeWorld {
  const shards = Object.entries(files).map(([name, from]) => [`/m/${name}`, oracleFile(from)] as const);
  const index = JSON.stringify({ metadata: { total_size: 1 }, weight_map: weightMap });
  return fakeWorld({ files: { [INDEX]: index, ...Object.fromEntries(shards) } });
}
const FIRST = "model-00001-of-00004.safetensors";
const HOLDS = { "layer.0.weight": "a", "layer.1.weight": "a" };

test.each<[string, FakeWorld, string, RegExp]>([
  ["a missing shard", indexed(HOLDS), "model-incomplete", /\/m\/a is missing/],
  ["a tensor that its shard does not hold", indexed({ ...HOLDS, z: "a" }, { a: FIRST }), "bad-model", /z is not in a/],
  ["a tensor in two shards", indexed({ ...HOLDS, z: "b" }, { a: FIRST, b: FIRST }), "bad-model", /layer\.0\.weight is in both a and b/],
  ["a path out of the folder", indexed({ a: "../x" }), "bad-model", /"\.\.\/x"/],
  ["the folder above", indexed({ a: ".." }), "bad-model", /"\.\."/],
  ["a number for a file", indexed({ a: 5 }), "bad-model", /a is in 5/],
  ["no tensor", indexed({}), "bad-model", /lists no tensor/],
  ["no map", indexed(null), "bad-model", /no weight_map/],
  ["no JSON", fakeWorld({ files: { [INDEX]: "{" } }), "bad-model", /not JSON/],
  ["null", fakeWorld({ files: { [INDEX]: "null" } }), "bad-model", /no weight_map/],
  ["no index", fakeWorld(), "file-missing", /nothing at this path/],
])("an index with %s is refused", async (_, world, code, message) => {
  await expect(openSafetensorsShards(world.files, INDEX)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
}); // biome-ignore format: one line reads as one row

test("a shard may hold more than the index lists", async () => {
  const { tensors } = await openSafetensorsShards(
    indexed({ "layer.0.weight": "a" }, { a: FIRST }).files,
    INDEX,
  );
  expect([...tensors.keys()]).toEqual(["layer.0.weight", "layer.1.weight"]);
});

test("a type that the format has and nothing here computes with is named", async () => {
  const header = JSON.stringify({ w: { dtype: "F8_E8M0", shape: [1], data_offsets: [0, 1] } });
  const bytes = new Uint8Array(8 + header.length + 1);
  bytes[0] = header.length;
  bytes.set(new TextEncoder().encode(header), 8);
  await expect(openSafetensors(fakeWorld({ files: { "/m/x": bytes } }).files, "/m/x")).rejects.toMatchObject({
    code: "unsupported-input",
    message: expect.stringMatching(/w is of type F8_E8M0/),
  });
});

test.each<[string, string, TensorRef]>([
  ["a type that the format lacks", "w", { dtype: "int4", shape: [2], data: Uint8Array.of(1) }],
  [
    "a name that the format uses itself",
    "__metadata__",
    { dtype: "uint8", shape: [1], data: Uint8Array.of(1) },
  ],
])("%s is not written", async (_, name, tensor) => {
  const world = fakeWorld();
  await expect(writeSafetensorsFolder(world.files, "/m", new Map([[name, tensor]]))).rejects.toMatchObject({
    code: "unsupported-input",
  });
  expect(world.stored.size).toBe(0);
});

test("a file cut anywhere is refused, and any flipped bit gives values or an error that explains itself", async () => {
  const open = async ({ files }: FakeWorld) => (await openSafetensors(files, "/m/x.safetensors")).tensors;
  const { cut, flipped } = await sweepDamage(open, "/m/x.safetensors", oracleFile("dtypes.safetensors"), 7);
  expect([...cut]).toEqual(["error"]);
  expect(flipped).toEqual(new Set(["value", "error"]));
});

test("whichever read or write fails, no index is left without its shards", async () => {
  for (let call = 1; ; call++) {
    const { stored } = oracleWorld();
    const world = fakeWorld({ files: Object.fromEntries(stored), failAt: { call, code: "ENOSPC" } });
    const result = await openSafetensorsShards(world.files, INDEX)
      .then(({ tensors }) => writeSafetensorsFolder(world.files, "/copy", tensors, { maxShardBytes: 250 }))
      .catch((thrown: unknown) => thrown);
    if (world.fileCalls() < call) break;
    expect(result, `call ${call}`).toBeInstanceOf(FrugalError);
    expect((result as FrugalError).code).toMatch(/^(file-unreadable|disk-full)$/);
    expect(world.stored.has("/copy/model.safetensors.index.json")).toBe(false);
  }
});
