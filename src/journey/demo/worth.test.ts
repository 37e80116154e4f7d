import { expect, test } from "vitest";
import type { ChoiceCandidate } from "../../score/choice-report.ts";
import { worthOf } from "./worth.ts";

const candidate = (label: string, [low, value, high]: readonly number[], trainJ?: number): ChoiceCandidate =>
  ({
    label,
    quality: { median: { low, value, high } },
    energy: trainJ === undefined ? {} : { train_j: { low: trainJ, value: trainJ, high: trainJ } },
  }) as unknown as ChoiceCandidate;

const LORA = (interval: readonly number[]) => candidate("LoRA", interval, 36);
const WORDS = candidate("word counts", [0.94, 0.97, 0.98], 0.36);

test.each([
  [
    [0.9, 0.93, 0.95],
    /^Not worth its energy here: LoRA is 4\.0 points behind word counts; .*10 mWh.*100 µWh/,
  ],
  [[0.95, 0.97, 0.98], /^Not worth its energy here: LoRA is no better than word counts/],
  [[0.96, 0.975, 0.99], /^Not shown to be worth it: LoRA is 0\.5 points ahead .*within what chance explains/],
  [[0.985, 0.99, 0.995], /^Worth it where these 2\.0 points count/],
])("with an accuracy of %j", (interval, sentence) => {
  expect(worthOf(LORA(interval), [candidate("majority", [0.4, 0.5, 0.6]), WORDS])).toMatch(sentence);
});

test("energies that are not known are not told", () => {
  expect(worthOf(candidate("LoRA", [0.9, 0.93, 0.95]), [WORDS])).not.toContain("Wh");
});
