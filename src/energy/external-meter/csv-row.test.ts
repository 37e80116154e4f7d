import fc from "fast-check";
import { expect, test } from "vitest";
import { csvLayout } from "./csv-layout.ts";
import { csvRow, wallTime } from "./csv-row.ts";
import { parseMeterSpec } from "./meter-spec.ts";

const layoutOf = (header: string, options = "") =>
  csvLayout(header, "power.csv", parseMeterSpec(`csv:power.csv${options && `#${options}`}`).options);
const NOON = Date.UTC(2026, 2, 4, 12, 0, 0);

test.each([
  ["time,power_w", "2026-03-04T12:00:00Z,41.5", 41.5, "power"],
  ["Timestamp;Leistung (kW)", "2026-03-04 13:00:00+01:00;0,0415", 41.5, "power"],
  ["Date,Time,Watts,Volts", "2026-03-04,12:00:00,41.5,230", 41.5, "power"],
  ["ts\tvolts\tEnergy [Wh]", "1772625600000\t230\t2", 7_200, "energy"],
  ["epoch,Total (kWh),Power", "1772625600,3,41.5", 41.5, "power"],
  ["entity_id,state,last_changed", "sensor.plug,41.5,2026-03-04T12:00:00.000Z", 41.5, "power", "power=state"],
  ["1772625600.0,41.5", "1772625600.0,41.5", 41.5, "power"],
  ["1772625600,2", "1772625600,2", 7_200, "energy", "unit=Wh"],
  ['"time","power, active (W)"', '"2026-03-04T12:00:00Z","41.5"', 41.5, "power"],
])("%s | %s is read", (header, row, value, quantity, options = "") => {
  const layout = layoutOf(header, (options && `${options}&utc`) || "utc");
  expect(layout.unit.quantity).toBe(quantity);
  const read = csvRow(row, layout);
  expect(read?.wallMs).toBe(NOON);
  expect(read?.value).toBeCloseTo(value, 9);
});

test.each([
  "",
  "# comment",
  "time,power_w",
  "2026-03-04T12:00:00Z,unavailable",
  "03/04/2026,5",
  "2026-03-04T12:00:00Z",
])("%j holds no reading", (line) => {
  expect(csvRow(line, layoutOf("time,power_w"))).toBeUndefined();
});

test.each([
  ["time,volts", "", "power or energy"],
  ["volts,power_w", "", "a time"],
  ["time,energy", "", "unit of energy is not known"],
  ["time,power_w", "power=watts", "no column watts"],
  ["time,power_w", "power=2&unit=kWh", "is power, the unit is one of energy"],
])("a file with %s and %j is refused, and its columns are named", (header, options, why) => {
  expect(() => layoutOf(header, options)).toThrow(
    expect.objectContaining({
      code: "bad-data",
      why: expect.stringMatching(`${why}.*${header.split(",")[1]}`),
    }),
  );
});

test("every moment from 2001 to 2286 is read back from its ISO and its epoch form", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000_000_000, max: 9_999_999_999 }), (epoch) => {
      expect(wallTime(new Date(epoch * 1_000).toISOString(), false)).toBe(epoch * 1_000);
      for (const zeros of ["", "000", "000000", "000000000"])
        expect(wallTime(`${epoch}${zeros}`, false)).toBeCloseTo(epoch * 1_000, 1);
    }),
    { numRuns: 50 },
  );
});
