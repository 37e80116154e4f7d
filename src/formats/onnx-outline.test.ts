import fc from "fast-check";
import { expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import { outlineOnnx } from "./onnx-outline.ts";

/** A length-delimited protobuf field. */
const field = (number: number, content: Uint8Array | string): Uint8Array => {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return Uint8Array.of(number * 8 + 2, bytes.length, ...bytes);
};
const entry = (key: string, value: string): Uint8Array => field(13, join(field(1, key), field(2, value)));
const join = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const outline = (bytes: Uint8Array) =>
  outlineOnnx(fakeWorld({ files: { "/m.onnx": bytes } }).files, "/m.onnx");

const tensor = join(entry("location", "w.data"), entry("offset", "64"), entry("length", "100"));
const model = join(Uint8Array.of(0x08, 9), field(7, join(field(5, tensor), field(5, field(8, "inline")))));

test("external data is named with the size that it must have", async () => {
  expect(await outline(model)).toEqual({ external: [{ location: "w.data", endsAt: 164 }] });
});

test("a file cut at any byte is damaged", async () => {
  // Without its graph it is damaged too, so no cut passes.
  for (let size = 0; size < model.length; size++) {
    expect((await outline(model.slice(0, size))).damage, `${size} bytes`).toBeDefined();
  }
});

test("no bytes make it throw", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      expect(await outline(bytes)).toHaveProperty("external");
    }),
  );
});

test("a missing file is said to be missing", async () => {
  expect(await outlineOnnx(fakeWorld().files, "/m.onnx")).toMatchObject({ damage: "is missing" });
});
