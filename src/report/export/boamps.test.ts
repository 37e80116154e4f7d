import { expect, test } from "vitest";
import { sampleReceipt } from "../../../test/support/sample-receipt.ts";
import { within } from "../../core/interval.ts";
import { toBoamps } from "./boamps.ts";

const reportedAt = "2026-02-03T04:05:06.789Z";
const { energy, carbon } = sampleReceipt();
const measured = (fraction: number) =>
  sampleReceipt({ energy: { ...energy, total_j: within(3_600_000, fraction) } });

const MORE = {
  header: { licensing: "CC BY 4.0", publisher: { name: "Example", confidentialityLevel: "public" } },
  task: {
    taskFamily: "spam detection",
    dataset: [{ dataUsage: "input", dataType: "text", source: "public" }],
  },
  infrastructure: { cloudInstance: "c7i.large" },
  environment: { powerSupplierType: "public" },
};

// Valid under model/report_schema.json of Boavizta/BoAmps 3bfefec and the four schemas that it names (JSON Schema draft 4).
test("a report with the user's facts looks as reviewed", async () => {
  const report = toBoamps(sampleReceipt(), { reportedAt, more: MORE });
  await expect(`${JSON.stringify(report, null, 2)}\n`).toMatchFileSnapshot(
    "../../../test/golden/export-boamps.json",
  );
});

test("energy is in kWh, times are those of the format", () => {
  expect(toBoamps(measured(0.1), { reportedAt })).toMatchObject({
    header: { reportDatetime: "2026-02-03 04:05:06" },
    measures: [
      { powerConsumption: 1, measurementDuration: 4.25, measurementDateTime: "2026-01-02 03:04:05" },
    ],
  });
});

test.each([
  [0.1, "high"],
  [0.11, "medium"],
  [0.25, "medium"],
  [0.26, "low"],
  [0.9, "low"],
])("an interval of ± %d is of quality %s, and stands in the description", (fraction, quality) => {
  const report = toBoamps(measured(fraction), { reportedAt });
  expect(report).toMatchObject({
    quality,
    task: { taskDescription: expect.stringMatching(/nominal 95 % from/) },
  });
});

test("what a receipt does not know is called unknown or left out, not made up", () => {
  const {
    work,
    quality,
    carbon: _,
    ...rest
  } = sampleReceipt({ subject: { type: "command", id: "make" }, kind: "track" });
  const report = toBoamps(rest, { reportedAt });
  expect(report).toMatchObject({
    task: {
      taskStage: "unknown",
      taskFamily: "unknown",
      algorithms: [{ algorithmName: "unknown" }],
      dataset: [{ dataUsage: "input", dataType: "other" }],
    },
    infrastructure: { infraType: "other" },
  });
  for (const name of ["environment", "software"]) expect(report).not.toHaveProperty(name);
  expect(JSON.stringify(report)).not.toMatch(/nbRequest|measuredAccuracy|gpuTrackingMode|null/);
});

test("an unknown place has no country; a cloud region tells the provider", () => {
  const world = sampleReceipt({ carbon: { ...carbon!, zone: "WORLD", zone_from: "default" } });
  expect(toBoamps(world, { reportedAt })).not.toHaveProperty("environment");
  const cloud = sampleReceipt({ carbon: { ...carbon!, zone: "US-CAL-CISO", cloud_region: "gcp:us-west2" } });
  expect(toBoamps(cloud, { reportedAt })).toMatchObject({
    environment: { country: "US", location: "US-CAL-CISO" },
    infrastructure: { infraType: "publicCloud", cloudProvider: "gcp" },
  });
});

test("facts win over the receipt, part by part, but not over what was measured", () => {
  const report = toBoamps(sampleReceipt(), { reportedAt, more: MORE });
  expect(report).toMatchObject({
    header: { reportId: sampleReceipt().id, licensing: "CC BY 4.0" },
    task: {
      taskFamily: "spam detection",
      taskStage: "inference",
      nbRequest: 12,
      dataset: [{ source: "public" }],
    },
    environment: { country: "FR", powerSupplierType: "public" },
  });
  for (const name of ["measures", "quality"]) {
    expect(() => toBoamps(sampleReceipt(), { reportedAt, more: { [name]: "high" } })).toThrow(name);
  }
});

test("a receipt without energy cannot be a report", () => {
  const unread = { parts: [], status: "unavailable", shared: false } as const;
  expect(() => toBoamps(sampleReceipt({ energy: unread }), { reportedAt })).toThrow(
    "nobody could read its energy",
  );
});
