import { createReadStream, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import type { World } from "../core/ports.ts";
import type { ProgressEvent } from "../core/progress.ts";
import { nodeWorld } from "../host/node-world.ts";
import { packagedMiniLm } from "../journey/packaged-models.ts";
import { resolveHubModel } from "./hub-model.ts";
import { openEngine } from "./open-engine.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const home = mkdtempSync(join(tmpdir(), "frugal-hub-"));
let server: Server;
let asked: string[] = [];
/** What happens to the download of the weights. */
let trouble: "none" | "cut" | "500" = "none";
let world: World;

/** A hub on this machine that knows one model. */
beforeAll(async () => {
  const folder = await packagedMiniLm(nodeWorld().files);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
  server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    asked.push(path);
    if (path === "/api/models/team/minilm/revision/main") {
      response.end(JSON.stringify({ sha: COMMIT, siblings: files.map((rfilename) => ({ rfilename })) }));
      return;
    }
    const file = path.replace(`/team/minilm/resolve/${COMMIT}/`, "");
    if (!files.includes(file)) return void response.writeHead(404).end();
    response.setHeader("content-length", statSync(join(folder, file)).size);
    if (request.method === "HEAD") return void response.end();
    if (file.endsWith("_data") && trouble === "500") return void response.writeHead(500).end();
    if (file.endsWith("_data") && trouble === "cut") {
      response.write(Buffer.alloc(100_000), () => response.destroy());
      return;
    }
    createReadStream(join(folder, file)).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  world = { ...nodeWorld(), env: { HF_ENDPOINT: endpoint, FRUGAL_HOME: home } };
});
afterAll(() => {
  server.close();
  rmSync(home, { recursive: true });
});

test("a hub model is fetched once at a fixed commit, and afterwards runs offline", async () => {
  const events: ProgressEvent[] = [];
  const online = await openEngine(world, {
    task: "feature-extraction",
    model: "team/minilm",
    progress: (event) => events.push(event),
  });
  expect(events[0]).toEqual({ kind: "phase", name: "fetching team/minilm", unit: "MB" });
  expect(events.at(-1)).toMatchObject({ kind: "advance", done: 55, total: 55 });
  const [output] = await online.run([{ kind: "text", text: "food" }], {});
  await online.close();
  expect(output?.kind).toBe("vector");
  expect(online.facts).toMatchObject({ model: "team/minilm", commit: COMMIT, dtype: "q4" });
  expect(online.facts.files.map(({ path }) => path)).toContain("onnx/model_q4.onnx_data");
  expect(existsSync(join(home, "models", COMMIT, "team/minilm/config.json"))).toBe(true);

  asked = [];
  const offline = { ...world, env: { ...world.env, HF_HUB_OFFLINE: "1" } };
  const again = await openEngine(offline, { task: "feature-extraction", model: "team/minilm" });
  expect(await again.run([{ kind: "text", text: "food" }], {})).toEqual([output]);
  await again.close();
  expect(again.facts).toEqual(online.facts);
  expect(asked).toEqual([]);
});

test.each(["cut", "500"] as const)(
  "weights whose download ends with %s are a network error, and the next try is whole",
  async (how) => {
    const fresh = { ...world, env: { ...world.env, FRUGAL_HOME: join(home, how) } };
    const request = { task: "feature-extraction", model: "team/minilm" } as const;
    trouble = how;
    await expect(openEngine(fresh, request)).rejects.toMatchObject({
      code: "network-unavailable",
      what: "cannot download team/minilm",
    });
    trouble = "none";
    const engine = await openEngine(fresh, request);
    await engine.close();
    expect(engine.facts.files.map(({ path }) => path)).toContain("onnx/model_q4.onnx_data");
  },
);

const answering = (answer: () => Promise<Response>) =>
  resolveHubModel({ ...fakeWorld(), fetch: answer }, "owner/name");

test("what the hub answers decides the error", async () => {
  await expect(answering(async () => new Response("", { status: 404 }))).rejects.toMatchObject({
    code: "not-found",
  });
  await expect(answering(async () => new Response("", { status: 503 }))).rejects.toMatchObject({
    code: "network-unavailable",
    why: expect.stringContaining("503"),
  });
  await expect(answering(async () => new Response("<html>"))).rejects.toMatchObject({
    code: "network-unavailable",
  });
  const refused = new TypeError("fetch failed", {
    cause: Object.assign(new Error(), { code: "ECONNREFUSED" }),
  });
  await expect(answering(() => Promise.reject(refused))).rejects.toMatchObject({
    code: "network-unavailable",
    why: "fetch failed (ECONNREFUSED)",
  });
  const noWeights = JSON.stringify({ sha: COMMIT, siblings: [{ rfilename: "model.safetensors" }] });
  await expect(answering(async () => new Response(noWeights))).rejects.toMatchObject({
    code: "model-incomplete",
  });
});

test.each(["../../etc/passwd", "no-owner", "a/b/c", "own..er/name", ""])("%j is no hub id", async (id) => {
  await expect(resolveHubModel(fakeWorld(), id)).rejects.toMatchObject({ code: "file-missing" });
});
