import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import type { World } from "../../core/ports.ts";
import type { MemoryTensor } from "../../formats/safetensors.ts";
import { tensorOf } from "../../graph/values.ts";
import type { Adapter } from "./adapter.ts";
import { readGgufAdapter, writeGgufAdapter } from "./gguf-adapter.ts";
import { readMlxFolder, writeMlxFolder } from "./mlx-folder.ts";
import { readPeftFolder, writePeftFolder } from "./peft-folder.ts";
import { LORA_DEFAULTS } from "./settings.ts";

const module = "model.layers.0.self_attn.v_proj";
const matrix = (shape: readonly number[], from: number): MemoryTensor => {
  const values = Array.from({ length: shape.reduce((a, b) => a * b) }, (_, at) => from + at);
  return tensorOf({ dtype: "float32", shape, values }) as MemoryTensor;
};
const adapterFrom = (from: number): Adapter => ({
  settings: { ...LORA_DEFAULTS, task_type: "CAUSAL_LM", r: 2, lora_alpha: 4, target_modules: [module] },
  tensors: new Map([
    [`${module}.lora_A.weight`, matrix([2, 3], from)],
    [`${module}.lora_B.weight`, matrix([4, 2], from)],
  ]),
});
const base = { type: "llama", heads: 2, keyValueHeads: 1 };

type Files = World["files"];
const KINDS = {
  peft: {
    write: (files: Files, adapter: Adapter) => writePeftFolder(files, "/out", adapter),
    read: async (files: Files) => (await readPeftFolder(files, "/out")).adapter,
  },
  mlx: {
    write: (files: Files, adapter: Adapter) => writeMlxFolder(files, "/out", adapter, 1),
    read: (files: Files) => readMlxFolder(files, "/out"),
  },
  gguf: {
    write: (files: Files, adapter: Adapter) => writeGgufAdapter(files, "/out/adapter.gguf", adapter, base),
    read: (files: Files) => readGgufAdapter(files, "/out/adapter.gguf", base),
  },
} as const;
const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];

async function stored(kind: keyof typeof KINDS): Promise<Record<string, Uint8Array>> {
  const world = fakeWorld();
  await KINDS[kind].write(world.files, adapterFrom(1));
  return Object.fromEntries(world.stored);
}

test.each(kinds)(
  "writing for %s fails cleanly at every file call, and leaves the old adapter or none",
  async (kind) => {
    const { write, read } = KINDS[kind];
    const old = adapterFrom(1).tensors;
    for (const [code, wanted] of [
      ["ENOSPC", "disk-full"],
      ["EACCES", "file-unwritable"],
    ] as const) {
      for (let call = 1; ; call++) {
        const world = fakeWorld({ files: await stored(kind), failAt: { call, code } });
        const failure = await write(world.files, adapterFrom(9)).then(
          () => undefined,
          (thrown) => thrown,
        );
        const after = fakeWorld({ files: Object.fromEntries(world.stored) });
        const found = await read(after.files).then(
          ({ tensors }) => tensors,
          (thrown) => thrown.code,
        );
        if (failure === undefined) {
          expect(found).toEqual(adapterFrom(9).tensors);
          break;
        }
        expect(failure).toMatchObject({ name: "FrugalError", code: wanted });
        expect([old, "model-incomplete"]).toContainEqual(found);
      }
    }
  },
);

test.each(kinds)("reading from %s fails cleanly at every file call", async (kind) => {
  for (let call = 1; ; call++) {
    const world = fakeWorld({ files: await stored(kind), failAt: { call, code: "EIO" } });
    const failure = await KINDS[kind].read(world.files).then(
      () => undefined,
      (thrown) => thrown,
    );
    if (failure === undefined) break;
    expect(failure, `call ${call}`).toMatchObject({ name: "FrugalError", code: "file-unreadable" });
  }
});

test("halves without the other, unlike ranks and kinds of tensors that are not computed are refused", async () => {
  const world = fakeWorld();
  const { files } = world;
  const refusal = async (tensors: Adapter["tensors"]) => {
    await writePeftFolder(files, "/out", { ...adapterFrom(1), tensors });
    return await readPeftFolder(files, "/out").catch(({ code, why }) => [code, why]);
  };
  const a = matrix([2, 3], 1);
  expect(await refusal(new Map([[`${module}.lora_A.weight`, a]]))).toEqual([
    "bad-model",
    "lora_B is missing",
  ]);
  expect(
    await refusal(
      new Map([
        [`${module}.lora_A.weight`, a],
        [`${module}.lora_B.weight`, matrix([4, 3], 1)],
      ]),
    ),
  ).toEqual(["bad-model", "A is [2,3] and B [4,3]"]);
  expect(await refusal(new Map([["model.embed_tokens.lora_embedding_A", a]]))).toEqual([
    "unsupported-input",
    expect.stringContaining("lora_embedding_A"),
  ]);
});
