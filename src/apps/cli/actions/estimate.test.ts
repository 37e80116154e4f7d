import { expect, test } from "vitest";
import { fakeWorld } from "../../../../test/support/fake-world.ts";
import { main } from "../main.ts";

async function frugal(env: Record<string, string>, ...argv: string[]) {
  const config = JSON.stringify({
    zone: "PL",
    carbon: { pue: 1.9, hardware: { device: "dell-xps-13-9310" } },
  });
  const world = fakeWorld({ env, files: { "/home/fake/.local/share/frugal/config.json": config } });
  const code = await main(world, ["estimate", ...argv]);
  return { code, out: world.out(), err: world.err() };
}
const KNOWN = ["--model", "gpt-oss-20b", "--input-tokens", "500", "--output-tokens", "300"];

test("energy, interval, carbon with zone and the error of the method stand on stdout, what was assumed on stderr", async () => {
  const { code, out, err } = await frugal({}, ...KNOWN, "--zone", "FR", "--pue", "1.2", "--requests", "1000");
  expect(code).toBe(0);
  expect(out).toBe(
    [
      "answer          7.34 mWh    (3.1 mWh … 20.9 mWh)        GPUs, 300 tokens",
      "prompt          1.97 mWh    (853 µWh … 3.93 mWh)        GPUs, 500 tokens",
      "server          13.3 mWh    (5.56 mWh … 36.5 mWh)       GPUs and the server around them",
      "facility        16 mWh      (6.67 mWh … 43.8 mWh)       PUE 1.2",
      "carbon          495 µgCO2e  (162 µgCO2e … 1.68 mgCO2e)  zone FR, 2025",
      "1,000 requests  16 Wh       (6.67 Wh … 43.8 Wh)         facility",
      "                495 mgCO2e  (162 mgCO2e … 1.68 gCO2e)   carbon",
      "error           21 %        (worst 53 %)                this method on a model that it has not seen, mean of 17",
      "",
    ].join("\n"),
  );
  expect(err).toContain("assumed: 64 requests at the same time");
  expect(err).toContain("not its idle machines");
  expect(err).not.toContain("no PUE");
});

test("what the user's own machine, settings and contracts say is not taken for the provider's", async () => {
  const env = { FRUGAL_ZONE: "SE", FRUGAL_PUE: "1.5", AWS_REGION: "eu-north-1", AWS_EXECUTION_ENV: "x" };
  const { out, err } = await frugal(env, ...KNOWN);
  expect(out).toContain("place unknown: world mean");
  expect(out).not.toContain("facility");
  expect(err).toContain("where the provider computes is not known");
  expect(err).toContain("no PUE was given");
  expect((await frugal(env, ...KNOWN, "--json")).out).not.toContain("embodied");
});

test("a cloud region brings its zone and its published PUE", async () => {
  const { out } = await frugal({}, ...KNOWN, "--cloud", "aws:eu-west-1", "--wue", "0.5", "--json");
  expect(JSON.parse(out).all_requests.carbon).toMatchObject({
    zone: "IE",
    zone_from: "flag",
    cloud_region: "aws:eu-west-1",
    facility: { pue: expect.closeTo(1.1, 1) },
    water: { wue_l_per_kwh: 0.5 },
  });
});

test("--json carries energy, what it was computed with and how wrong the method is", async () => {
  const { code, out, err } = await frugal({}, ...KNOWN, "--concurrency", "128", "--gpus", "1", "--json");
  expect([code, err]).toEqual([0, ""]);
  const found = JSON.parse(out);
  expect(found).toMatchObject({
    schema: "frugal.estimate/1",
    model: "openai/gpt-oss-20b",
    basis: "measured",
    input_tokens: 500,
    output_tokens: 300,
    requests: 1,
    computed_with: {
      active_params: 4e9,
      total_params: 21e9,
      bits: 4,
      gpu: "h100",
      gpus: 1,
      concurrency: 128,
    },
    method: { status: "modelled", left_out: "model", mean_absolute_error: 0.209845 },
  });
  const { gpu_output_j, gpu_input_j, gpu_j, server_j } = found.per_request;
  expect(gpu_j.value).toBeCloseTo(gpu_output_j.value + gpu_input_j.value, 9);
  expect(server_j.value).toBeGreaterThan(gpu_j.value);
  expect(found.all_requests.server_j).toEqual(server_j);
});

test("of a model whose maker does not tell, a range comes out and no middle", async () => {
  const range = ["--model", "closed/one", "--active-params", "10B-200B", "--output-tokens", "400"];
  const text = await frugal({}, ...range);
  expect(text.out).toMatch(/^answer {2,}\([\d.]+ m?Wh … [\d.]+ Wh\) /);
  const { out } = await frugal({}, ...range, "--wue", "1", "--pue", "1.1", "--json");
  const { per_request, all_requests, basis } = JSON.parse(out);
  expect(basis).toBe("range");
  const { emissions_g, facility, water } = all_requests.carbon;
  const energies = [...Object.values<object>(per_request), all_requests.server_j];
  for (const each of [...energies, emissions_g, facility.energy_j, facility.emissions_g, water.water_l]) {
    expect(Object.keys(each)).toEqual(["low", "high"]);
  }
});

test("a closed model without a size is no estimate: exit 1 and a way on", async () => {
  const { code, out, err } = await frugal({}, "--model", "openai/gpt-5", "--output-tokens", "300");
  expect([code, out]).toEqual([1, ""]);
  expect(err).toMatch(/error: model openai\/gpt-5: .*not given\nhint: .*--active-params/);
});

test.each([
  [["--model", "gpt-oss-20b"], "--output-tokens"],
  [[...KNOWN, "--output-tokens", "-3"], "--output-tokens -3"],
  [[...KNOWN, "--input-tokens", "1.5"], "--input-tokens 1.5"],
  [[...KNOWN, "--requests", "0"], "--requests 0"],
  [[...KNOWN, "--bits", "64"], "--bits 64"],
  [[...KNOWN, "--gpu", "a100"], "h100, b200"],
  [[...KNOWN, "--active-params", "3 GB"], "--active-params 3 GB"],
  [[...KNOWN, "--total-params", "1B"], "fewer than the 4 billion"],
  [[...KNOWN, "--cloud", "metadata"], "--cloud metadata"],
  [[...KNOWN, "--zone", "FR", "--cloud", "aws:eu-west-1"], "both name the place"],
  [[...KNOWN, "--zone", "FRN"], "did you mean"],
  [[...KNOWN, "--pue", "0.9"], "from 1 up"],
])("%j is refused: %s", async (args, words) => {
  const { code, out, err } = await frugal({}, ...args);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(words);
  expect(err).toContain("hint:");
});
