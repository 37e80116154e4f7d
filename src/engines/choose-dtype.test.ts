import { expect, test } from "vitest";
import { chooseDtype, DTYPES } from "./choose-dtype.ts";

const onnx = (...names: readonly string[]): string[] => names.map((name) => `onnx/${name}.onnx`);

test.each([
  ["q8 before fp32", onnx("model", "model_quantized", "model_fp16"), "q8", "preference"],
  ["fp32 before half precision", onnx("model", "model_fp16", "model_q4f16"), "fp32", "preference"],
  ["q4 alone", onnx("model_q4"), "q4", "only one"],
  [
    "a dtype with all parts",
    onnx("encoder_model", "decoder_model", "decoder_model_quantized"),
    "fp32",
    "preference",
  ],
  ["a stem with underscores", onnx("encoder_model_q4f16", "decoder_model_merged_q4f16"), "q4f16", "only one"],
  [
    "a merged decoder, whatever lies beside it,",
    onnx(
      "decoder_model",
      "decoder_with_past_model",
      "decoder_model_merged",
      "encoder_model",
      "encoder_model_quantized",
      "decoder_model_merged_quantized",
    ),
    "q8",
    "preference",
  ],
  [
    "the model, not a tool's variants of it,",
    onnx("model", "model_O4", "model_qint8_avx512", "model_quantized"),
    "q8",
    "preference",
  ],
])("%s is chosen", (_, paths, dtype, from) => {
  expect(chooseDtype("m", ["config.json", "onnx/model_q4.onnx_data", ...paths])).toMatchObject({
    dtype,
    from,
  });
});

test("the files of the chosen dtype are named, and no others", () => {
  const paths = onnx("encoder_model", "decoder_model_merged", "encoder_model_q4", "decoder_model_merged_q4");
  expect(chooseDtype("m", paths, "fp32")).toEqual({
    dtype: "fp32",
    from: "option",
    files: onnx("encoder_model", "decoder_model_merged"),
  });
});

test("no weights and an absent dtype are told apart", () => {
  expect(() => chooseDtype("m", ["model.onnx", "config.json"])).toThrow(
    expect.objectContaining({ code: "model-incomplete" }),
  );
  expect(() => chooseDtype("m", onnx("model", "model_q4"), "q8")).toThrow(
    expect.objectContaining({ code: "bad-option", remedy: "use q4 or fp32" }),
  );
});

test("the dtypes are those of the installed library", async () => {
  const { readFileSync } = await import("node:fs");
  const { packageFolder } = await import("../journey/packaged-models.ts");
  const source = readFileSync(`${packageFolder("@huggingface/transformers")}/src/utils/dtypes.js`, "utf8");
  const table = /DATA_TYPES = Object\.freeze\(\{([\s\S]*?)\}\)/.exec(source)![1]!;
  const names = [...table.matchAll(/^\s*(\w+): '/gm)]
    .map((match) => match[1]!)
    .filter((name) => name !== "auto");
  expect([...DTYPES].sort()).toEqual(names.sort());
});
