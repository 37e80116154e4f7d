import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { selfSigned } from "../../test/support/self-signed.ts";
import { nodeFetch } from "./node-fetch.ts";

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer(selfSigned("localhost"), (request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      if (request.url === "/never") return;
      if (request.url === "/empty") {
        response.writeHead(204).end();
        return;
      }
      response.writeHead(request.url === "/no" ? 401 : 200, { "x-token": "abc" });
      response.end(JSON.stringify({ method: request.method, body, type: request.headers["content-type"] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `https://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test("a self-signed certificate is refused", async () => {
  await expect(nodeFetch(`${url}/`)).rejects.toMatchObject({
    cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
  });
});

test("it is taken when asked for, with method, headers and body, and only then", async () => {
  const init = {
    method: "POST",
    body: '{"ü": 1}',
    headers: { "content-type": "application/json" },
    allowSelfSigned: true,
  };
  const response = await nodeFetch(`${url}/`, init);
  expect([response.status, response.headers.get("x-token")]).toEqual([200, "abc"]);
  expect(await response.json()).toEqual({ method: "POST", body: '{"ü": 1}', type: "application/json" });
  await expect(nodeFetch(`${url}/`)).rejects.toThrow();
});

test("refusals and empty answers are answers; an abort ends it", async () => {
  expect((await nodeFetch(`${url}/no`, { allowSelfSigned: true })).status).toBe(401);
  expect((await nodeFetch(`${url}/empty`, { allowSelfSigned: true, method: "DELETE" })).status).toBe(204);
  const stop = new AbortController();
  const asking = nodeFetch(`${url}/never`, { allowSelfSigned: true, signal: stop.signal });
  stop.abort();
  await expect(asking).rejects.toThrow();
});
