import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeWorld } from "../src/host/node-world.ts";
import { assembleDetypify } from "../src/journey/assemble-detypify.ts";
import { assembleMoonshine } from "../src/journey/assemble-moonshine.ts";
import { packagedMiniLm } from "../src/journey/packaged-models.ts";

const ROOT = join(import.meta.dirname, "..");
const COMMAND = join(ROOT, "dist/bin/frugal.js");
const scratch = mkdtempSync(join(tmpdir(), "frugal-run-cli-"));
const env = { ...process.env, FRUGAL_HOME: join(scratch, "home"), HF_HUB_OFFLINE: "1" };
const world = nodeWorld();
let miniLm: string;
beforeAll(async () => {
  miniLm = await packagedMiniLm(world.files);
});
afterAll(() => rmSync(scratch, { recursive: true }));

function frugal(args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, "run", ...args], {
    cwd: scratch,
    env,
    input,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout, stderr };
}

test("feature-extraction prints one vector per JSON line and nothing but JSON on stdout", () => {
  writeFileSync(join(scratch, "food.jsonl"), '{"body":"food"}\n{"body":"meal"}\n{"body":"stock"}\n');
  const { status, stdout, stderr } = frugal([
    "feature-extraction", "-m", miniLm, "-i", "food.jsonl", "--field", "body", "--json",
  ]); // biome-ignore format: one command line
  expect(status, stderr).toBe(0);
  const { results, ...facts } = JSON.parse(stdout);
  expect(facts).toMatchObject({
    task: "feature-extraction",
    dtype: "q4",
    device: "cpu",
    engine: "transformers.js",
  });
  const [food, meal, stock] = results.map(({ vector }: { vector: number[] }) => vector);
  const dot = (a: number[], b: number[]): number => a.reduce((sum, value, at) => sum + value * b[at]!, 0);
  expect(dot(food, meal)).toBeGreaterThan(dot(food, stock) + 0.2);
  expect(results[2].input).toBe("food.jsonl:3");
});

test("speech on standard output is the text alone; dtype and device are stated on stderr", async () => {
  const model = await assembleMoonshine(world, join(scratch, "moonshine"));
  const clip = join(ROOT, "test/fixtures/speech/jfk.wav");
  const { status, stdout, stderr } = frugal(["automatic-speech-recognition", "-m", model, "-i", clip]);
  expect(status, stderr).toBe(0);
  expect(stdout).toBe(
    "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.\n",
  );
  expect(stderr).toContain("q8");
  expect(stderr).toContain("cpu");
});

test("an image goes through the plain ONNX engine", async () => {
  const model = await assembleDetypify(world, join(scratch, "detypify"));
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="224" height="224"><rect width="224" height="224" fill="black"/>` +
    `<path d="M170 40 L55 40 L120 112 L55 184 L170 184" fill="none" stroke="white" stroke-width="8"/></svg>`;
  await sharp(Buffer.from(svg)).jpeg().toFile(join(scratch, "sum.jpg"));
  const { status, stdout, stderr } = frugal([
    "image-classification", "-m", model, "-i", "sum.jpg", "--top", "2", "--json",
  ]); // biome-ignore format: one command line
  expect(status, stderr).toBe(0);
  const { results, engine, dtype } = JSON.parse(stdout);
  expect([engine, dtype]).toEqual(["onnxruntime", "fp32"]);
  expect(results[0].labels).toHaveLength(2);
  expect(results[0].labels[0].label).toBe("sum");
});

const REFUSED: readonly (readonly [string, readonly string[], string])[] = [
  ["an unknown task", ["text-clasification", "-m", "x", "-i", "x"], "did you mean text-classification?"],
  ["an unknown option", ["feature-extraction", "-m", "x", "--inptu", "x"], "--input"],
  ["an unknown dtype", ["feature-extraction", "-m", "x", "-i", "x", "--dtype", "q5"], "q8, q4"],
  ["a limit of zero", ["feature-extraction", "-m", "x", "-i", "x", "--limit", "0"], "whole number"],
  ["no such model", ["feature-extraction", "-m", "./nowhere", "-i", "x"], "hub id"],
  ["a hub id offline", ["feature-extraction", "-m", "owner/name", "-i", "x"], "HF_HUB_OFFLINE"],
  ["no such file", ["feature-extraction", "-m", "x", "-i", "missing.txt"], "missing.txt"],
  ["pictures without a place", ["depth-estimation", "-m", "x", "-i", "x.png"], "--save"],
];
test.each(REFUSED)("%s is refused with 2 and a hint", (_, args, hint) => {
  const { status, stdout, stderr } = frugal(args);
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/error: [\s\S]*hint: /);
  expect(stderr).toContain(hint);
});

test("a half-copied folder, binary input and an endless line are refused by name", () => {
  const folder = join(scratch, "half");
  cpSync(miniLm, folder, { recursive: true });
  truncateSync(join(folder, "onnx/model_q4.onnx_data"), 1_000_000);
  expect(frugal(["feature-extraction", "-m", folder, "-i", "x"]).stderr).toContain("model_q4.onnx_data");
  writeFileSync(join(scratch, "latin.txt"), Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0x0a));
  expect(frugal(["feature-extraction", "-m", miniLm, "-i", "latin.txt"]).stderr).toContain("offset 3");
  writeFileSync(join(scratch, "line.txt"), Buffer.alloc(200_000_000, "a"));
  const long = frugal(["feature-extraction", "-m", miniLm, "-i", "line.txt"]);
  expect(long.status).toBe(2);
  expect(long.stderr).toContain("line 1 of line.txt is too long");
  rmSync(join(scratch, "line.txt"));
});

test.each([
  ["while a model runs", (path: string) => ["-i", path]],
  ["while standard input is awaited", () => ["-i", "-"]],
])("Ctrl+C %s ends with 130, and no child is left", async (_, input) => {
  const path = join(scratch, "long.txt");
  writeFileSync(path, `${"a text that takes its time ".repeat(60)}\n`.repeat(3_000));
  const args = [COMMAND, "run", "feature-extraction", "-m", miniLm, ...input(path)];
  const child = spawn(process.execPath, args, { cwd: scratch, env, stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const started = new Promise<void>((resolve) => {
    child.stderr.on("data", (data) => {
      stderr += data;
      if (stderr.includes("running")) resolve();
    });
  });
  // Standard input shows no sign of being read: the handler is up well within this time.
  await (input(path)[1] === "-" ? new Promise((resolve) => setTimeout(resolve, 1_500)) : started);
  child.kill("SIGINT");
  expect(await exited, stderr).toBe(130);
  expect(stdout).toBe("");
});

/** The pids of a process's children, from /proc (proc_pid_task(5)). */
const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);

test.runIf(process.platform === "linux")(
  "an engine that is killed is said to be, with 2 and no result",
  async () => {
    const path = join(scratch, "killed.txt");
    writeFileSync(path, `${"a text that takes its time ".repeat(60)}\n`.repeat(3_000));
    const args = [COMMAND, "run", "feature-extraction", "-m", miniLm, "-i", path];
    const parent = spawn(process.execPath, args, { cwd: scratch, env, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    parent.stdout.on("data", (data) => {
      stdout += data;
    });
    parent.stderr.on("data", (data) => {
      stderr += data;
      if (stderr.endsWith("running\n"))
        for (const pid of childrenOf(parent.pid!)) process.kill(pid, "SIGKILL");
    });
    const status = await new Promise((resolve) => parent.once("close", resolve));
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/running\nerror: the engine that ran .* was ended: .*killed it.*\nhint: /);
  },
);
