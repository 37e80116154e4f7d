import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fakeEmbedder } from "../../test/support/fake-embedder.ts";
import { type FakeOptions, type FakeWorld, fakeWorld } from "../../test/support/fake-world.ts";
import type { EmbedderOptions } from "../engines/embedder.ts";
import { fp32Tensor, writeSafetensors } from "../formats/safetensors.ts";
import { canonicalJson } from "../receipt/canonical.ts";
import { type EmbeddingClassifier, trainEmbeddingClassifier } from "./embedding-classifier.ts";
import { loadClassifier } from "./load-classifier.ts";
import { type SaveOptions, saveClassifier } from "./save-classifier.ts";
import { type TfidfClassifier, trainTfidfClassifier } from "./tfidf-classifier.ts";

const FOLDER = "/models/mine";
const ENCODER = "/models/letters";
const TEXTS = ["aaa bbb", "zzz yyy", "aab azz zzz", "nothing known", ""];
const EXAMPLES = [
  { text: "aaa aab", label: "a" },
  { text: "aaa bbb", label: "a" },
  { text: "zzz yyy", label: "zée" },
  { text: "zzz azz", label: "zée" },
  { text: "mmm mmn", label: "m" },
];
const encoderFiles = { [`${ENCODER}/config.json`]: "config", [`${ENCODER}/onnx/model_q4.onnx`]: "weights" };

type Classifier = TfidfClassifier | EmbeddingClassifier;
const train = {
  "tfidf-logistic": (): Promise<Classifier> => trainTfidfClassifier(EXAMPLES, { words: [1, 2] }),
  "embedding-logistic": (): Promise<Classifier> =>
    trainEmbeddingClassifier(
      fakeEmbedder({ model: ENCODER, maxTokens: 64, run: { pooling: "cls" } }),
      EXAMPLES,
    ),
};
const KINDS = Object.keys(train) as (keyof typeof train)[];

/** Opens what the manifest asks for, as the real embedder would. */
const open = async (_: unknown, options: EmbedderOptions) => fakeEmbedder(options);
const load = (world: FakeWorld, folder = FOLDER) => loadClassifier(world, folder, { open });

async function saved(classifier: Classifier, options: SaveOptions = {}, world: FakeOptions = {}) {
  const fake = fakeWorld({ files: encoderFiles, ...world });
  await saveClassifier(fake.files, FOLDER, classifier, options);
  return fake;
}
const storedText = (world: FakeWorld, name: string): string =>
  new TextDecoder().decode(world.stored.get(`${FOLDER}/${name}`));
const digest = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

test.each(KINDS)(
  "a %s classifier scores the same, to the bit, after it was saved and loaded",
  async (kind) => {
    const classifier = await train[kind]();
    const world = await saved(classifier);
    const { classifier: loaded } = await load(world);
    expect(loaded.kind).toBe(kind);
    expect(loaded.labels).toEqual(classifier.labels);
    expect(loaded.training).toEqual(classifier.training);
    expect(await loaded.classify(TEXTS)).toEqual(await classifier.classify(TEXTS));
    if (loaded.kind !== "embedding-logistic") return;
    expect(loaded.encoder.source).toEqual({ model: ENCODER, maxTokens: 64, run: { pooling: "cls" } });
    expect(loaded.encoder.facts.dtype).toBe("q4");
  },
);

test("any labels and words survive being saved", async () => {
  const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(word, { minLength: 4, maxLength: 8 }), async (words) => {
      const examples = words.map((one, at) => ({ text: `${one} word${at}`, label: `${at % 2} ${one}` }));
      const classifier = await trainTfidfClassifier(examples);
      const { classifier: loaded } = await load(await saved(classifier));
      expect(loaded.labels).toEqual(classifier.labels);
      expect(await loaded.classify(words)).toEqual(await classifier.classify(words));
    }),
    { numRuns: 20 },
  );
});

test("the loaded files are listed with digests, an encoder's under encoder/", async () => {
  const world = await saved(await train["embedding-logistic"]());
  const { files } = await load(world);
  expect(files.map(({ path }) => path)).toEqual([
    "frugal.json",
    "weights.safetensors",
    "encoder/config.json",
    "encoder/onnx/model_q4.onnx",
  ]);
  expect(files[0]!.sha256).toBe(digest(storedText(world, "frugal.json")));
  expect(files[1]!.sha256).toBe(digest(world.stored.get(`${FOLDER}/weights.safetensors`)!));
});

test("an encoder is found in full elsewhere, relative below the folder, and in the folder when copied", async () => {
  const placeOf = async (model: string, options: SaveOptions = {}): Promise<string> => {
    const classifier = await trainEmbeddingClassifier(fakeEmbedder({ model }), EXAMPLES);
    return JSON.parse(storedText(await saved(classifier, options), "frugal.json")).encoder.model;
  };
  expect(await placeOf("/models/letters")).toBe("/models/letters");
  expect(await placeOf("/models/mine/parts/letters")).toBe("./parts/letters");
  expect(await placeOf("owner/letters")).toBe("owner/letters");
  expect(await placeOf("/models/letters", { copyEncoder: true })).toBe("./encoder");
});

test("a folder with its encoder copied works wherever it is moved", async () => {
  const classifier = await train["embedding-logistic"]();
  const world = await saved(classifier, { copyEncoder: true });
  const moved = [...world.stored].flatMap(([path, bytes]): [string, Uint8Array][] =>
    path.startsWith(FOLDER) ? [[path.replace(FOLDER, "/elsewhere"), bytes]] : [],
  );
  const elsewhere = fakeWorld({ files: Object.fromEntries(moved) });
  const { classifier: loaded } = await load(elsewhere, "/elsewhere");
  expect(loaded.kind === "embedding-logistic" && loaded.encoder.source.model).toBe("/elsewhere/encoder");
  expect(elsewhere.stored.get("/elsewhere/encoder/config.json")).toEqual(new TextEncoder().encode("config"));
});

test("a hub encoder is not copied, and an encoder's own folder is not written into", async () => {
  const hub = await trainEmbeddingClassifier(fakeEmbedder({ model: "owner/letters" }), EXAMPLES);
  await expect(saved(hub, { copyEncoder: true })).rejects.toMatchObject({ code: "bad-option" });
  const same = await trainEmbeddingClassifier(fakeEmbedder({ model: FOLDER }), EXAMPLES);
  await expect(saved(same)).rejects.toMatchObject({ code: "bad-option" });
});

test("an encoder that is gone, that was changed, or whose vectors have another length is a clear error", async () => {
  const world = await saved(await train["embedding-logistic"]());
  const changed = fakeEmbedder({ model: ENCODER }, [{ path: "config.json", size_b: 6, sha256: "bad" }]);
  await expect(loadClassifier(world, FOLDER, { open: async () => changed })).rejects.toMatchObject({
    code: "bad-model",
    message: expect.stringContaining("config.json has another content"),
  });
  expect(changed.closed()).toBe(true);
  const more = fakeEmbedder({ model: ENCODER });
  const extra = {
    ...more,
    facts: { ...more.facts, files: [...more.facts.files, { path: "x", size_b: 1, sha256: "y" }] },
  };
  await expect(loadClassifier(world, FOLDER, { open: async () => extra })).rejects.toMatchObject({
    code: "bad-model",
  });
  const { classifier } = await loadClassifier(world, FOLDER, {
    open: async (_, options) => fakeEmbedder(options, undefined, 5),
  });
  await expect(classifier.classify(["x"])).rejects.toMatchObject({ code: "bad-model" });
  for (const path of world.stored.keys()) if (path.startsWith(ENCODER)) world.stored.delete(path);
  await expect(load(world)).rejects.toMatchObject({
    code: "file-missing",
    message: expect.stringContaining(ENCODER),
  });
});

test("a moved encoder may be named anew by hand; anything else that is changed is noticed", async () => {
  const world = await saved(await train["embedding-logistic"]());
  const manifest = JSON.parse(storedText(world, "frugal.json"));
  const write = (value: object) => world.files.writeAtomic(`${FOLDER}/frugal.json`, JSON.stringify(value));
  await world.files.writeAtomic("/new/config.json", "config");
  await write({ ...manifest, encoder: { ...manifest.encoder, model: "/new" } });
  const { classifier } = await load(world);
  expect(classifier.kind === "embedding-logistic" && classifier.encoder.source.model).toBe("/new");
  await write({ ...manifest, encoder: { ...manifest.encoder, max_tokens: 32 } });
  await expect(load(world)).rejects.toMatchObject({ code: "bad-model" });
  await write({ ...manifest, labels: ["\ud83d", "a", "b"] });
  await expect(load(world)).rejects.toMatchObject({ code: "bad-model" });
});

const refused = { name: "FrugalError", code: expect.stringMatching(/^(bad-model|model-incomplete)$/) };

test.each(KINDS)("a %s folder with any bit flipped or any file cut is refused", async (kind) => {
  const world = await saved(await train[kind]());
  const own = [...world.stored].filter(([path]) => path.startsWith(FOLDER));
  for (const [path, whole] of own) {
    // The one part that may change: see above.
    const place = Buffer.from(whole).indexOf(ENCODER);
    for (let at = 0; at < whole.length; at++) {
      if (place >= 0 && at >= place && at < place + ENCODER.length) continue;
      const flipped = whole.slice();
      flipped[at]! ^= 1 << (at % 8);
      world.stored.set(path, flipped);
      await expect(load(world), `${path} at ${at}`).rejects.toMatchObject(refused);
      // Without its last line break, the manifest is still whole.
      if (at % 7 > 0 || at === whole.length - 1) continue;
      world.stored.set(path, whole.subarray(0, at));
      await expect(load(world), `${path} cut at ${at}`).rejects.toMatchObject(refused);
    }
    world.stored.delete(path);
    const code = path.endsWith("frugal.json") ? "file-missing" : "model-incomplete";
    await expect(load(world), `without ${path}`).rejects.toMatchObject({ code });
    world.stored.set(path, whole);
  }
  await load(world);
});

/** As someone would who makes a folder by hand: digests and seal fit, the content does not. */
async function forged(
  file: string,
  bytes: Uint8Array,
  change: (manifest: Record<string, unknown>) => object = (manifest) => manifest,
) {
  const world = await saved(await train["tfidf-logistic"]());
  world.stored.set(`${FOLDER}/${file}`, bytes);
  const { seal: _, ...manifest } = JSON.parse(storedText(world, "frugal.json"));
  const files = manifest.files.map((one: { path: string }) =>
    one.path === file ? { path: file, size_b: bytes.length, sha256: digest(bytes) } : one,
  );
  const body = change({ ...manifest, files }) as { encoder?: Record<string, unknown> };
  const { model: __, ...encoder } = body.encoder ?? {};
  const seal = digest(canonicalJson({ ...body, encoder }));
  await world.files.writeAtomic(`${FOLDER}/frugal.json`, JSON.stringify({ ...body, seal }));
  return load(world);
}

test("weights that are NaN, or of another shape, are refused though every digest fits", async () => {
  const { tfidf, logistic } = (await train["tfidf-logistic"]()) as TfidfClassifier;
  const size = tfidf.terms.length;
  const tensors = {
    weight: fp32Tensor([size, 3], logistic.weights),
    bias: fp32Tensor([3], logistic.intercepts),
    idf: fp32Tensor([size], tfidf.idf),
  };
  const weights = (change: object) =>
    forged("weights.safetensors", writeSafetensors({ ...tensors, ...change }));
  await weights({});
  for (const name of ["weight", "bias", "idf"] as const) {
    const { shape, data } = tensors[name];
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const values = new Float64Array(data.length / 4);
      values[values.length - 1] = bad;
      await expect(weights({ [name]: fp32Tensor(shape, values) })).rejects.toMatchObject({
        code: "bad-model",
        message: expect.stringContaining(`${name} holds ${bad}`),
      });
    }
    await expect(weights({ [name]: fp32Tensor([1], Float64Array.of(1)) })).rejects.toMatchObject({
      code: "bad-model",
    });
  }
});

test("a vocabulary or a manifest that holds something else is refused though every digest fits", async () => {
  const bytes = (value: unknown) =>
    new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
  const good = { words: [1, 1], sublinear: true, terms: ["aaa"] };
  for (const bad of [
    "{",
    5,
    null,
    { ...good, terms: [1] },
    { ...good, words: [1] },
    { ...good, words: [1, 1e9] },
    { ...good, sublinear: 1 },
  ]) {
    await expect(forged("vocabulary.json", bytes(bad))).rejects.toMatchObject({ code: "bad-model" });
  }
  const weights = new Uint8Array();
  const changes: ((manifest: Record<string, unknown>) => object)[] = [
    (manifest) => ({ ...manifest, labels: ["one"] }),
    (manifest) => ({ ...manifest, labels: ["one", "one"] }),
    (manifest) => ({ ...manifest, files: [] }),
    (manifest) => ({ ...manifest, files: [{ path: "weights.safetensors" }] }),
    (manifest) => ({ ...manifest, training: { c: "10" } }),
    (manifest) => ({ ...manifest, kind: "embedding-logistic" }),
    (manifest) => ({ ...manifest, kind: "onnx-image-classifier" }),
    ...[
      { model: 5 },
      { dtype: "q5" },
      { max_tokens: -1 },
      { pooling: "most" },
      { normalize: 1 },
      { files: [] },
    ].map((part) => (manifest: Record<string, unknown>) => ({
      ...manifest,
      kind: "embedding-logistic",
      encoder: { model: ENCODER, dtype: "q4", files: manifest["files"], ...part },
    })),
  ];
  for (const change of changes) {
    await expect(forged("unlisted", weights, change)).rejects.toMatchObject({
      code: "bad-model",
      message: expect.stringContaining("does not describe a text classifier"),
    });
  }
});

test.each(KINDS)(
  "saving a %s classifier fails cleanly at every file call, and leaves no half a model",
  async (kind) => {
    const classifier = await train[kind]();
    const older = await trainTfidfClassifier(EXAMPLES.slice(1));
    const options = { copyEncoder: kind === "embedding-logistic" };
    for (const [code, wanted] of [
      ["ENOSPC", "disk-full"],
      ["EACCES", "file-unwritable"],
    ] as const) {
      for (let call = 1; ; call++) {
        // Over an older classifier: the worst case for what a reader may find afterwards.
        const { stored } = await saved(older);
        const world = fakeWorld({ files: Object.fromEntries(stored), failAt: { call, code } });
        const failure = await saveClassifier(world.files, FOLDER, classifier, options).then(
          () => undefined,
          (thrown) => thrown,
        );
        const after = fakeWorld({ files: Object.fromEntries(world.stored) });
        if (world.fileCalls() < call) {
          expect(failure).toBeUndefined();
          expect((await load(after)).classifier.kind).toBe(kind);
          break;
        }
        const reading = failure.what.includes(`read ${ENCODER}`);
        expect(failure, `call ${call}`).toMatchObject({
          name: "FrugalError",
          code: reading ? "file-unreadable" : wanted,
        });
        const opened = await load(after).catch((thrown) => thrown);
        // The old one whole (nothing was touched yet), or no model at all.
        if (call === 1) expect(opened.classifier.labels).toEqual(older.labels);
        else expect(opened).toMatchObject({ code: "file-missing" });
      }
    }
  },
);

test.each(KINDS)("loading a %s classifier fails cleanly at every file call", async (kind) => {
  const { stored } = await saved(await train[kind]());
  for (let call = 1; ; call++) {
    const world = fakeWorld({ files: Object.fromEntries(stored), failAt: { call, code: "EIO" } });
    const failure = await load(world).then(
      () => undefined,
      (thrown) => thrown,
    );
    if (world.fileCalls() < call) {
      expect(failure).toBeUndefined();
      expect(call).toBeGreaterThan(3);
      break;
    }
    expect(failure, `call ${call}`).toMatchObject({ name: "FrugalError", code: "file-unreadable" });
  }
});
