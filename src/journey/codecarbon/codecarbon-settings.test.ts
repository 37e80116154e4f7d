import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { readCodecarbonSettings } from "./codecarbon-settings.ts";

const read = (files: Record<string, string>, env: Record<string, string> = {}) =>
  readCodecarbonSettings(fakeWorld({ files, env }));

test("without settings CodeCarbon's own defaults hold", async () => {
  expect(await read({})).toEqual({
    row: {},
    file: { folder: ".", name: "emissions.csv" },
    experimentName: "base",
    carbon: {},
    env: {},
    unused: [],
  });
});

test("the current folder wins over home, the environment over both, in any case", async () => {
  const found = await read(
    {
      "/home/fake/.codecarbon.config": "[codecarbon]\nproject_name = home\npue = 1.2\nwue: 0.4\n",
      "/fake/.codecarbon.config": "# note\n[other]\npue = 9\n[codecarbon]\nProject_Name = here\npue=1.3",
    },
    { CODECARBON_PUE: "1.5", codecarbon_output_file: "e.csv", CODECARBON_OUTPUT_DIR: "out" },
  );
  expect(found.row).toEqual({ projectName: "here" });
  expect(found.carbon).toEqual({ pue: 1.5, wue: 0.4 });
  expect(found.file).toEqual({ folder: "out", name: "e.csv" });
});

test("values are read as Python's configparser reads them", async () => {
  const found = await read({
    "/fake/.codecarbon.config": [
      "[DEFAULT]",
      "team = red",
      "[codecarbon]",
      "project_name = %(team)s 100%% ; kept",
      "experiment_name = first",
      "  second",
      "experiment_id =",
    ].join("\r\n"),
  });
  expect(found.row).toEqual({ projectName: "red 100% ; kept" });
  expect(found.experimentName).toBe("first\nsecond");
});

test("country, cloud, intensity, token and processor power become ours", async () => {
  const { carbon, env } = await read(
    {},
    {
      CODECARBON_COUNTRY_ISO_CODE: "FRA",
      CODECARBON_FORCE_CARBON_INTENSITY_G_CO2E_KWH: "0",
      CODECARBON_CO2_SIGNAL_API_TOKEN: "old",
      CODECARBON_FORCE_CPU_POWER: "90",
    },
  );
  expect(carbon).toEqual({ zone: "FR", forcedGPerKwh: 0, electricityMapsToken: "old" });
  // The fake machine has two threads.
  expect(env).toEqual({ FRUGAL_CPU_WATTS: "45" });
  const cloud = await read({}, { CODECARBON_CLOUD_PROVIDER: "aws", CODECARBON_CLOUD_REGION: "eu-west-3" });
  expect(cloud.carbon).toEqual({ cloud: "aws:eu-west-3" });
});

test("no file is written when CodeCarbon was told to write none", async () => {
  expect((await read({}, { CODECARBON_SAVE_TO_FILE: "False" })).file).toBeUndefined();
  expect((await read({}, { CODECARBON_OUTPUT_METHODS: "api, logger" })).file).toBeUndefined();
  expect((await read({}, { CODECARBON_OUTPUT_METHODS: "api, csv" })).file).toBeDefined();
});

test("every key without effect is named, and no value of it", async () => {
  const { unused } = await read({}, { CODECARBON_API_KEY: "secret", CODECARBON_PROJEKT_NAME: "x" });
  expect(unused).toEqual(["api_key (nothing is sent)", "projekt_name (no setting of CodeCarbon 3)"]);
});

test.each([
  ["PUE", "0.5"],
  ["WUE", "many"],
  ["COUNTRY_ISO_CODE", "FR"],
  ["TRACKING_MODE", "task"],
])("a wrong %s is refused and named", async (key, value) => {
  await expect(read({}, { [`CODECARBON_${key}`]: value })).rejects.toMatchObject({
    code: "bad-option",
    what: `CodeCarbon's ${key.toLowerCase()} ${value}`,
  });
});

test("measure_power_secs is the interval of who measures by intervals, and named as unused by all others", async () => {
  const world = fakeWorld({ env: { CODECARBON_MEASURE_POWER_SECS: "15" } });
  expect((await readCodecarbonSettings(world)).unused).toEqual([
    "measure_power_secs (counters are read ten times a second)",
  ]);
  const { intervalS, unused } = await readCodecarbonSettings(world, { interval: true });
  expect([intervalS, unused]).toEqual([15, []]);
  const never = fakeWorld({ env: { CODECARBON_MEASURE_POWER_SECS: "0" } });
  await expect(readCodecarbonSettings(never, { interval: true })).rejects.toThrow("measure_power_secs 0");
});
