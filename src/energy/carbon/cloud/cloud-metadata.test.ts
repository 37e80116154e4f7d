import { expect, test } from "vitest";
import { type FakeAnswer, fakeFetch } from "../../../../test/support/fake-fetch.ts";
import { fakeWorld } from "../../../../test/support/fake-world.ts";
import { metadataRegion } from "./cloud-metadata.ts";

const AWS: Record<string, FakeAnswer> = {
  "/latest/api/token": { body: "a-token" },
  "/latest/meta-data/placement/region": { body: "eu-west-3\n" },
};

const world = (fake: ReturnType<typeof fakeFetch>, env: Record<string, string> = {}) => ({
  ...fakeWorld({ env }),
  fetch: fake.fetch,
});

test("AWS is asked with a session token", async () => {
  const fake = fakeFetch(AWS);
  expect(await metadataRegion(world(fake))).toBe("aws:eu-west-3");
  expect(fake.calls).toContain("PUT http://169.254.169.254/latest/api/token");
});

test.each([
  [{}, { "/instance/zone": { body: "projects/12/zones/europe-west9-b" } }, "gcp:europe-west9"],
  [
    { K_SERVICE: "s" },
    { "/instance/region": { body: "projects/12/regions/us-central1" } },
    "gcp:us-central1",
  ],
  [{}, { "/metadata/instance/compute/location": { body: "westeurope" } }, "azure:westeurope"],
])("with %j the answer %j means %s", async (env, answers, region) => {
  expect(await metadataRegion(world(fakeFetch(answers), env))).toBe(region);
});

test.each([
  [{}],
  [{ "/placement/region": { status: 404 } }],
  [{ "/latest/api/token": { body: "t" }, "/placement/region": { body: "<html>captive portal</html>" } }],
  [{ "/instance/zone": { body: "zone" } }],
  [{ "/compute/location": { status: 500, body: "westeurope" } }],
])("answers like %j tell no region", async (answers) => {
  expect(await metadataRegion(world(fakeFetch(answers)))).toBeUndefined();
});

test("silence ends after a second of each question", async () => {
  const silent = { silent: true };
  const fake = fakeFetch({ "http://": silent });
  const slow = world(fake);
  const asked = metadataRegion(slow);
  slow.clock.advance(1);
  expect(await asked).toBeUndefined();
});

test("offline, nothing is asked", async () => {
  const fake = fakeFetch(AWS);
  expect(await metadataRegion(world(fake, { FRUGAL_OFFLINE: "1" }))).toBeUndefined();
  expect(fake.calls).toEqual([]);
});

test("whichever question fails, the region is told or it is not; nothing is thrown", async () => {
  for (let failAt = 1; failAt <= 5; failAt++) {
    const told = await metadataRegion(world(fakeFetch(AWS, failAt)));
    expect([undefined, "aws:eu-west-3"]).toContain(told);
  }
});
