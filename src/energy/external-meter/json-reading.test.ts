import { expect, test } from "vitest";
import { jsonReading } from "./json-reading.ts";
import { parseMeterSpec } from "./meter-spec.ts";

const read = (answer: unknown, options = "") =>
  jsonReading(answer, parseMeterSpec(`http://plug/${options && `#${options}`}`).options);

/** Answers in the form that each maker documents. */
const SHELLY_1 = {
  power: 41.5,
  overpower: 0,
  is_valid: true,
  timestamp: 1_772_625_600,
  counters: [41, 41, 40],
  total: 5_000,
};
const SHELLY_2 = {
  id: 0,
  output: true,
  apower: 41.5,
  voltage: 230.1,
  aenergy: { total: 6.5, by_minute: [1, 2, 3] },
};
const TASMOTA = {
  StatusSNS: { Time: "2026-03-04T12:00:00", ENERGY: { Total: 3.705, Power: 41, Voltage: 233 } },
};
const HOME_ASSISTANT = { entity_id: "sensor.plug", state: "41.5", attributes: { unit_of_measurement: "W" } };

test.each([
  ["Shelly, first generation", SHELLY_1, 41.5, "power"],
  ["Shelly, second generation", SHELLY_2, 6.5 * 3_600, "aenergy.total in Wh"],
  ["Shelly meter of three phases", { total_act_power: 41.5, a_act_power: 40 }, 41.5, "total_act_power"],
  ["Tasmota", TASMOTA, 41, "StatusSNS.ENERGY.Power"],
  ["Tasmota with two sockets", { StatusSNS: { ENERGY: { Power: [20, 21] } } }, 41, "Power in W"],
  ["Home Assistant", HOME_ASSISTANT, 41.5, "state in W"],
  [
    "Home Assistant in kWh",
    { state: "2.5", attributes: { unit_of_measurement: "kWh" } },
    9e6,
    "state in kWh",
  ],
])("%s: the reading is found without a word of the user", (_, answer, value, from) => {
  const found = read(answer);
  expect(found.value).toBeCloseTo(value, 6);
  expect(found.from).toContain(from);
});

test("the user's word wins, also deep inside", () => {
  expect(read({ a: [{ "b-c": "12.5" }] }, "power=a[0].b-c&unit=kW").value).toBeCloseTo(12_500, 6);
  expect(read(SHELLY_1, "energy=total&unit=Wmin").value).toBe(300_000);
});

test("the last decimal of a counter tells its step, also where JSON drops zeros", () => {
  expect(read(SHELLY_2).stepJ).toBeCloseTo(3.6, 9);
  expect(read(TASMOTA, "energy=StatusSNS.ENERGY.Total&unit=kWh").stepJ).toBeCloseTo(3_600, 6);
  expect(read(TASMOTA).stepJ).toBe(0);
});

test.each([
  ["an unknown kind", { status: { t: 21, load: [3] } }, "", "status.t, status.load[0]"],
  ["a reading that the meter calls invalid", { ...SHELLY_1, is_valid: false }, "", "not valid"],
  ["an entity that is away", { ...HOME_ASSISTANT, state: "unavailable" }, "", "no number"],
  [
    "an entity of another kind",
    { state: "21", attributes: { unit_of_measurement: "°C" } },
    "",
    "neither power nor energy",
  ],
  ["a field that is not there", {}, "power=x", "no number"],
  ["an energy without a unit", { total: 5 }, "energy=total", "unit of total is not known"],
  ["a list", [], "", "no known kind"],
])("%s is refused, and says what would do", (_, answer, options, why) => {
  expect(() => read(answer, options)).toThrow(why);
});
