/** A plain ONNX image classifier as an engine (child side): the manifest says how pixels become the input tensor. */
import { FrugalError, messageOf } from "../core/error.ts";
import type { EngineOutput } from "./engine.ts";
import type { ImageInput, OpenRequest } from "./engine-messages.ts";
import { finite } from "./pipeline-output.ts";
import { engineMissing, requireEngine } from "./require-engine.ts";
import type { LoadedEngine } from "./serve-engine.ts";
import { unreadableImage } from "./unreadable-image.ts";

type Request = Extract<OpenRequest, { engine: "onnxruntime" }>;
const DEFAULT_TOP = 5;

export async function loadOnnxClassifier(request: Request): Promise<LoadedEngine> {
  const ort = await requireEngine("onnxruntime-node", async () => await import("onnxruntime-node"));
  let session: Awaited<ReturnType<typeof ort.InferenceSession.create>>;
  try {
    session = await ort.InferenceSession.create(request.model, { executionProviders: ["cpu"] });
  } catch (thrown) {
    throw badModel(request.model, messageOf(thrown), thrown);
  }
  const [inputName, secondInput] = session.inputNames;
  const outputName = session.outputNames[0];
  if (inputName === undefined || secondInput !== undefined || outputName === undefined) {
    throw badModel(request.model, `it has ${session.inputNames.length} inputs; a classifier has one`);
  }
  const { width, height, channels } = request.image;
  const classify = async (bytes: Uint8Array, top: number): Promise<EngineOutput> => {
    const pixels = await decode(bytes, request.image);
    const input = new ort.Tensor("float32", toPlanes(pixels, request.image), [1, channels, height, width]);
    const answer = await session.run({ [inputName]: input });
    const scores = answer[outputName]?.data as Float32Array | undefined;
    if (scores?.length !== request.labels.length) {
      throw badModel(
        request.model,
        `it scores ${scores?.length ?? 0} classes, its manifest names ${request.labels.length}`,
      );
    }
    return { kind: "labels", labels: ranked(softmax(scores), request.labels).slice(0, top) };
  };
  return {
    versions: { "onnxruntime-node": ort.env.versions.node ?? ort.env.versions.common },
    async run(items, options) {
      const outputs: EngineOutput[] = [];
      for (const item of items) {
        if (item.kind !== "image") throw new Error(`an image classifier was given ${item.kind}`);
        outputs.push(await classify(item.bytes, options.top ?? DEFAULT_TOP));
      }
      return outputs;
    },
  };
}

const badModel = (path: string, why: string, cause?: unknown): FrugalError =>
  new FrugalError({
    code: "bad-model",
    what: `${path} cannot be used`,
    why,
    remedy: "check that the file is whole and that frugal.json belongs to it",
    cause,
  });

/** Interleaved bytes, width × height × channels, whatever the file's own size and colours. */
async function decode(bytes: Uint8Array, image: ImageInput): Promise<Uint8Array> {
  const sharp = await loadSharp();
  try {
    const opaque = sharp(bytes)
      .flatten({ background: "white" })
      .toColourspace(image.channels === 1 ? "b-w" : "srgb");
    const raw = image.channels === 1 ? opaque.extractChannel(0) : opaque.removeAlpha();
    return await raw.resize(image.width, image.height, { fit: "fill" }).raw().toBuffer();
  } catch (thrown) {
    throw unreadableImage(thrown);
  }
}

async function loadSharp(): Promise<typeof import("sharp").default> {
  try {
    // sharp is a CommonJS function: `import()` wraps it.
    return (await import("sharp")).default;
  } catch (thrown) {
    // It comes with transformers.js.
    throw engineMissing("sharp", thrown);
  }
}

/** Interleaved bytes to planes (channels × height × width), scaled as the manifest says. */
export function toPlanes(pixels: Uint8Array, image: ImageInput): Float32Array {
  const { width, height, channels, scale, mean, std } = image;
  const area = width * height;
  const planes = new Float32Array(channels * area);
  for (let channel = 0; channel < channels; channel++) {
    const [shift, spread] = [mean[channel] ?? 0, std[channel] ?? 1];
    for (let at = 0; at < area; at++) {
      planes[channel * area + at] = (pixels[at * channels + channel]! * scale - shift) / spread;
    }
  }
  return planes;
}

/** Shifted by the largest logit, so that exp never overflows; throws "model-output-invalid" for NaN. */
export function softmax(logits: Float32Array): number[] {
  const checked = Array.from(logits, (logit, index) => finite(logit, `output ${index}`));
  const largest = checked.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = checked.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

const ranked = (scores: readonly number[], labels: readonly string[]): { label: string; score: number }[] =>
  scores.map((score, index) => ({ label: labels[index]!, score })).sort((a, b) => b.score - a.score);
