import { expect, test } from "vitest";
import { type FakeWorld, fakeWorld } from "../../../test/support/fake-world.ts";
import { expectOracle, oracleFile, oracleWorld, sweepDamage } from "../../../test/support/weight-oracle.ts";
import { openPytorch, openPytorchShards } from "./open-pytorch.ts";

const opened = (world: FakeWorld) => openPytorch(world.files, "/m/x.bin");

test.each(["odd.bin", "protocol3.bin", "protocol4.bin", "protocol5.bin", "zip64.bin"])(
  "%s gives the tensors that PyTorch reads: views, strides, tied and empty ones, every dtype",
  async (file) => {
    const world = oracleWorld();
    await expectOracle(world, file, await openPytorch(world.files, `/m/${file}`));
  },
);

test("shards are read by their index", async () => {
  const world = oracleWorld();
  const index = "/m/pytorch_model.bin.index.json";
  const { tensors, paths } = await openPytorchShards(world.files, index);
  await expectOracle(world, "pytorch_model.bin.index.json", tensors);
  expect(paths).toEqual(["/m/pytorch_model-00001-of-00002.bin", "/m/pytorch_model-00002-of-00002.bin"]);
});

test("tied tensors share their bytes, and plain ones are not copied", async () => {
  const world = oracleWorld();
  const tensors = await openPytorch(world.files, "/m/odd.bin");
  expect(tensors.get("tied")).toEqual(tensors.get("tied_again"));
  expect(tensors.get("whole")?.data).toMatchObject({ path: "/m/odd.bin", length: 96 });
  // A row of one is contiguous whatever its strides say.
  expect(tensors.get("one_row")).not.toHaveProperty("strides");
  expect(tensors.get("transposed")).toHaveProperty("strides", [1, 6]);
});

test.each([
  ["runs-code.bin", "unsupported-input", /__builtin__\.print.*can run any code/],
  ["legacy.bin", "unsupported-input", /PyTorch before 1\.6/],
  ["nested.bin", "unsupported-input", /beside tensors by name, it holds state_dict/],
  ["expanded.bin", "unsupported-input", /expand.*contiguous/],
  ["deflated.bin", "bad-model", /compressed/],
  ["types.gguf", "bad-model", /not begin as a zip/],
])("%s is refused, and told why", async (file, code, message) => {
  await expect(openPytorch(oracleWorld().files, `/m/${file}`)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
    remedy: expect.stringMatching(/safetensors|again/),
  });
});

test("a tar archive of the oldest PyTorch is told apart", async () => {
  const content = new Uint8Array(1024);
  content.set(new TextEncoder().encode("ustar"), 257);
  await expect(opened(fakeWorld({ files: { "/m/x.bin": content } }))).rejects.toThrow(/PyTorch before 1\.6/);
});

test("an absent or empty file is told as such", async () => {
  await expect(opened(fakeWorld())).rejects.toMatchObject({ code: "file-missing" });
  await expect(opened(fakeWorld({ files: { "/m/x.bin": "" } }))).rejects.toThrow(/it is empty/);
});

test("a file cut anywhere is refused, and any flipped bit gives values or an error that explains itself", async () => {
  for (const [file, step] of [["protocol3.bin", 17], ["odd.bin", 97], ["zip64.bin", 19]] as const) {
    const { cut, flipped } = await sweepDamage(opened, "/m/x.bin", oracleFile(file), step);
    expect([...cut], file).toEqual(["error"]);
    expect(flipped, file).toEqual(new Set(["value", "error"]));
  }
}); // biome-ignore format: one line reads as one row

test("a failing disk is told by name, at whichever read it fails", async () => {
  const files = { "/m/x.bin": oracleFile("protocol3.bin") };
  for (let call = 1; ; call++) {
    const world = fakeWorld({ files, failAt: { call, code: "EIO" } });
    const result = await opened(world).catch((thrown: unknown) => thrown);
    if (world.fileCalls() < call) break;
    expect(result, `call ${call}`).toMatchObject({
      code: "file-unreadable",
      message: expect.stringContaining("x.bin"),
    });
  }
});
