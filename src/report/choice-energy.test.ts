import { expect, test } from "vitest";
import { MAIL_REPORT, MEASURED_REPORT, SPEECH_REPORT } from "../../test/support/choice-reports.ts";
import { energyName, energyScale, isReference } from "./choice-energy.ts";

test("modelled candidates are compared by their paired ratios", () => {
  const scale = energyScale(MAIL_REPORT);
  expect(energyName(MAIL_REPORT)).toBe("relative energy");
  expect(scale.reference).toBe("TF-IDF + logistic regression");
  expect(MAIL_REPORT.candidates.map((one) => scale.of(one)?.value)).toEqual([34.4, 1]);
  expect(scale.text(34.4)).toBe("34.4 ×");
});

test("measured candidates are compared in watt-hours", () => {
  const scale = energyScale(MEASURED_REPORT);
  expect(energyName(MEASURED_REPORT)).toBe("energy");
  expect(scale).not.toHaveProperty("reference");
  expect(scale.text(scale.of(MEASURED_REPORT.candidates[1]!)!.value)).toBe("1.36 mWh");
});

test("one modelled candidate has nothing to be relative to, and keeps the name that warns", () => {
  expect(energyName(SPEECH_REPORT)).toBe("relative energy");
  expect(energyScale(SPEECH_REPORT)).not.toHaveProperty("reference");
});

test("one candidate without a ratio takes all back to watt-hours: two scales cannot be compared", () => {
  const [neural, words] = MAIL_REPORT.candidates;
  const { relative_energy: _, ...bare } = neural!;
  const scale = energyScale({ ...MAIL_REPORT, candidates: [bare, words!] });
  expect(scale).not.toHaveProperty("reference");
  expect(scale.text(scale.of(bare)!.value)).toBe("47.2 mWh");
});

test("the reference is 1 even where it does not say so itself", () => {
  const [neural, words] = MAIL_REPORT.candidates;
  const { relative_energy: _, ...bare } = words!;
  const report = { ...MAIL_REPORT, candidates: [neural!, bare] };
  expect(isReference(report, bare)).toBe(true);
  expect(energyScale(report).of(bare)).toEqual({ low: 1, value: 1, high: 1 });
});

test("unavailable energy and another unit are not compared", () => {
  const [neural, words] = MEASURED_REPORT.candidates;
  const lost = { ...neural!, energy: { ...neural!.energy, status: "unavailable" as const } };
  expect(energyScale({ ...MEASURED_REPORT, candidates: [lost, words!] }).of(lost)).toBeUndefined();
  const other = { ...neural!, energy: { ...neural!.energy, unit: "1 mail" } };
  expect(energyScale({ ...MEASURED_REPORT, candidates: [words!, other] }).of(other)).toBeUndefined();
});
