import { expect, test } from "vitest";
import { type FakeAnswer, fakeFetch } from "../../../../test/support/fake-fetch.ts";
import { fakeWorld } from "../../../../test/support/fake-world.ts";
import { fetchText } from "./fetch-text.ts";

const REQUEST = {
  url: "https://grid.example/now",
  name: "the source",
  timeoutMs: 5_000,
  headers: { key: "secret" },
};

const world = (answer: FakeAnswer, env: Record<string, string> = {}) => {
  const fake = fakeFetch({ "grid.example": answer });
  return { ...fakeWorld({ env }), fetch: fake.fetch, fake };
};

test("a good answer is its body, and the headers went out", async () => {
  const good = world({ body: "text" });
  expect(await fetchText(good, REQUEST)).toBe("text");
  expect(good.fake.lastHeaders()).toEqual({ key: "secret" });
});

test.each([
  [401, "carbon-source-failed", "refused access"],
  [403, "carbon-source-failed", "refused access"],
  [404, "carbon-zone-unknown", "404"],
  [429, "carbon-source-failed", "too many requests"],
  [500, "carbon-source-failed", "500"],
  [503, "carbon-source-failed", "503"],
  [400, "carbon-source-failed", "400"],
])("status %i is %s: %s, without the token in any word", async (status, code, why) => {
  const asked = fetchText(world({ status }), REQUEST);
  await expect(asked).rejects.toMatchObject({ code, why: expect.stringContaining(why) });
  const thrown = await asked.catch((error: unknown) => error);
  expect(JSON.stringify(thrown) + String(thrown)).not.toContain("secret");
});

test("too many requests say when to come back", async () => {
  const busy = world({ status: 429, headers: { "retry-after": "120" } });
  await expect(fetchText(busy, REQUEST)).rejects.toMatchObject({ remedy: "try again after 120" });
});

test("silence ends with the timeout, as an unreachable network", async () => {
  const slow = world({ silent: true });
  const asked = fetchText(slow, REQUEST);
  slow.clock.advance(5);
  await expect(asked).rejects.toMatchObject({ code: "network-unavailable", why: "no answer within 5 s" });
});

test.each(["before", "during"])("an abort %s the request ends it at once", async (when) => {
  const slow = world({ silent: true });
  const stop = new AbortController();
  if (when === "before") stop.abort();
  const asked = fetchText(slow, { ...REQUEST, signal: stop.signal });
  stop.abort();
  await expect(asked).rejects.toMatchObject({ code: "aborted" });
});

test("a broken connection is an unreachable network", async () => {
  const broken = { ...fakeWorld(), fetch: fakeFetch({}).fetch };
  await expect(fetchText(broken, REQUEST)).rejects.toMatchObject({ code: "network-unavailable" });
});

test.each(["FRUGAL_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])(
  "%s opens no socket",
  async (name) => {
    const off = world({ body: "text" }, { [name]: "1" });
    await expect(fetchText(off, REQUEST)).rejects.toMatchObject({ code: "network-unavailable" });
    expect(off.fake.calls).toEqual([]);
  },
);

test("an endless answer is refused", async () => {
  await expect(fetchText(world({ body: "x".repeat(5_000_001) }), REQUEST)).rejects.toMatchObject({
    why: "the answer is too long",
  });
});
