import { expect, test } from "vitest";
import { fakeFetch } from "../../../test/support/fake-fetch.ts";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { resolvePlace } from "./resolve-place.ts";

const world = (env: Record<string, string> = {}, fake = fakeFetch({})) => ({
  ...fakeWorld({ env }),
  fetch: fake.fetch,
});
const METADATA = { "/latest/api/token": { body: "t" }, "/placement/region": { body: "eu-west-3" } };
const LAMBDA = { AWS_LAMBDA_FUNCTION_NAME: "f", AWS_REGION: "us-east-2" };

test.each([
  [{ zone: "FR" }, { FRUGAL_ZONE: "SE", ...LAMBDA }, { zone: "DE" }, { zone: "FR", from: "flag" }],
  [
    { cloud: "aws:eu-west-3" },
    { FRUGAL_ZONE: "SE" },
    { zone: "DE" },
    { region: { zone: "FR" }, from: "flag" },
  ],
  [
    {},
    { FRUGAL_ZONE: "SE", FRUGAL_CLOUD: "aws:eu-west-3" },
    { zone: "DE" },
    { zone: "SE", from: "environment" },
  ],
  [
    {},
    { FRUGAL_ZONE: "", FRUGAL_CLOUD: "aws:eu-west-3" },
    {},
    { region: { zone: "FR" }, from: "environment" },
  ],
  [{}, LAMBDA, { zone: "DE" }, { zone: "DE", from: "config" }],
  [{}, LAMBDA, { cloud: "gcp:europe-west1" }, { region: { zone: "BE" }, from: "config" }],
  [{}, LAMBDA, {}, { region: { id: "aws:us-east-2" }, from: "environment" }],
  [{}, {}, {}, { from: "default", notes: [] }],
])("flags %j, environment %j and config %j give %j", async (flags, env, config, place) => {
  expect(await resolvePlace(world(env as Record<string, string>), flags, config)).toMatchObject(place);
});

test("without a word from the user nothing is asked of the network", async () => {
  const fake = fakeFetch(METADATA);
  await resolvePlace(world({}, fake), {}, {});
  expect(fake.calls).toEqual([]);
});

test("metadata is asked only when it is named, and what it tells is marked as such", async () => {
  expect(await resolvePlace(world({}, fakeFetch(METADATA)), { cloud: "metadata" }, {})).toMatchObject({
    region: { id: "aws:eu-west-3" },
    from: "metadata",
  });
});

test("metadata that does not answer leaves the next word, and says so", async () => {
  const place = await resolvePlace(world(), { cloud: "metadata" }, { zone: "DE" });
  expect(place).toMatchObject({ zone: "DE", from: "config", notes: [expect.stringContaining("metadata")] });
  expect(await resolvePlace(world(), { cloud: "metadata" }, {})).toMatchObject({ from: "default" });
});

test("a region that only the machine knows stays unknown, and is named", async () => {
  const place = await resolvePlace(world({ ...LAMBDA, AWS_REGION: "mars-north-1" }), {}, {});
  expect(place.from).toBe("default");
  expect(place).not.toHaveProperty("zone");
  expect(place.notes.join()).toContain("aws:mars-north-1");
});

test("a region that the user misspelt is an error, not the world", async () => {
  await expect(resolvePlace(world(), { cloud: "aws:eu-west-9" }, {})).rejects.toMatchObject({
    code: "carbon-zone-unknown",
  });
});

test("two flags for one place are refused", async () => {
  const both = resolvePlace(world(), { zone: "FR", cloud: "aws:eu-west-3" }, {});
  await expect(both).rejects.toMatchObject({ code: "bad-option" });
});
