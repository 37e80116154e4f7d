import fc from "fast-check";
import { expect, test } from "vitest";
import { parseMeterSpec } from "./meter-spec.ts";
import { UNIT_NAMES } from "./meter-units.ts";

test.each([
  ["csv:power.csv", "csv", "power.csv"],
  ["csv:/a b/p#1.csv", "csv", "/a b/p#1.csv"],
  ["http://plug/cm?cmnd=Status%208", "http", "http://plug/cm?cmnd=Status%208"],
  ["http:https://plug/x#power=a.b", "http", "https://plug/x"],
  ["hwmon:ina226/power1_input", "hwmon", "ina226/power1_input"],
])("%s is a %s meter at %s", (text, kind, place) => {
  expect(parseMeterSpec(text)).toMatchObject({ kind, place });
});

test("options stand behind #", () => {
  const { options } = parseMeterSpec(
    "csv:x.csv#time=1&energy=Total (kWh)&unit=kWh&offset=-2.5&utc&every=5&accuracy=1%",
  );
  expect(options).toMatchObject({
    time: "1",
    energy: "Total (kWh)",
    unit: { name: "kWh", factor: 3_600_000, quantity: "energy" },
    offsetS: -2.5,
    utc: true,
    everyS: 5,
    stream: false,
  });
  expect(options.accuracy).toBeCloseTo(0.01, 12);
  expect(parseMeterSpec("csv:x.csv").options).toMatchObject({
    offsetS: 0,
    utc: false,
    everyS: 1,
    accuracy: 0.05,
  });
});

test.each([
  ["power.csv", "csv:FILE, http:URL or hwmon:CHIP"],
  ["csv:", "no file, URL or chip"],
  ["http://", "not a URL"],
  ["csv:x#colour=red", "no option colour"],
  ["csv:x#unit=horsepower", "no unit horsepower"],
  ["csv:x#every=0", "shorter"],
  ["csv:x#offset=soon", "not a number"],
  ["csv:x#accuracy=150%", "not a part"],
])("%s is refused: %s", (text, why) => {
  expect(() => parseMeterSpec(text)).toThrow(
    expect.objectContaining({ code: "bad-option", why: expect.stringContaining(why) }),
  );
});

test("a refusal does not show the password", () => {
  const parse = () => parseMeterSpec("http://me:secret@plug/x?password=secret#colour=red");
  expect(parse).toThrow("http://plug/x");
  expect(parse).not.toThrow("secret");
});

test("every unit is known in its own spelling", () => {
  fc.assert(
    fc.property(fc.constantFrom(...UNIT_NAMES), (name) => {
      expect(parseMeterSpec(`csv:x#unit=${name}`).options.unit?.name).toBe(name);
    }),
  );
});
