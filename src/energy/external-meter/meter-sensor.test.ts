/** What an external meter's figures are worth: held against a known truth, with the errors that such meters have. */
import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { settle } from "../../../test/support/settle.ts";
import { simulatedMeter } from "../../../test/support/simulated-meter.ts";
import { energyTotal } from "../../core/energy-total.ts";
import { seededRandom } from "../../core/random.ts";
import { openMeter } from "../open-meter.ts";
import { openSensors } from "../open-sensors.ts";

const METERS = 16;
const PLUG = "http://me:secret@plug/rpc/Switch.GetStatus?id=0";

/** A plug whose factor is off by `gain`, with a load that jumps between 40 and 400 W. */
async function windowsOf(seed: number, kind: "power" | "energy", gain: number) {
  const random = seededRandom(seed);
  const fake = fakeWorld({ env: { FRUGAL_METER: `${PLUG}#accuracy=4%` } });
  const meter = simulatedMeter(fake.clock, 40);
  const answer = () =>
    kind === "power"
      ? { apower: gain * meter.watts() }
      : { aenergy: { total: Number(((gain * meter.joules()) / 3_600).toFixed(3)) } };
  const { sensors } = await openSensors({ ...fake, fetch: async () => Response.json(answer()) });
  const sensor = sensors.find((each) => each.component === "node")!;
  const windows: { readonly truth: number; readonly low: number; readonly high: number }[] = [];
  for (let window = 0; window < 6; window++) {
    const from = {
      at: fake.clock.now(),
      seen: sensor.sample(fake.clock.now()).joules,
      truth: meter.joules(),
    };
    const lengthS = 4 * 10 ** random.next();
    while (fake.clock.now() < from.at + lengthS)
      await meter.draw(40 + 360 * random.next(), 0.3 + 4 * random.next());
    const seconds = fake.clock.now() - from.at;
    const { low, high } = sensor.interval(sensor.sample(fake.clock.now()).joules - from.seen, seconds);
    windows.push({ truth: meter.joules() - from.truth, low, high });
  }
  sensor.close?.();
  return windows;
}

test.each(["power", "energy"] as const)(
  "meters that are off by up to their accuracy: the interval of a window holds its true energy (%s)",
  async (kind) => {
    const windows = [];
    for (let seed = 1; seed <= METERS; seed++)
      windows.push(...(await windowsOf(seed, kind, 1 + 0.04 * ((2 * seed) / METERS - 1))));
    const held = windows.filter(({ truth, low, high }) => low <= truth && truth <= high).length;
    expect(held / windows.length).toBeGreaterThan(0.93);
    const wide = windows.filter(({ truth, low, high }) => high - low > truth).length;
    expect(wide / windows.length).toBeLessThan(0.1);
  },
);

test("with a meter the total is what it says, parts leave a rest, and neither password nor address is told", async () => {
  const fake = fakeWorld({ env: { FRUGAL_METER: PLUG, FRUGAL_CPU_WATTS: "10" } });
  fake.machine.processCpuSeconds = () => fake.clock.now();
  const plug = simulatedMeter(fake.clock, 50);
  const asked: { url: string; authorization: string | null }[] = [];
  const fetch = async (url: string, init?: RequestInit) => {
    asked.push({ url, authorization: new Headers(init?.headers).get("authorization") });
    return Response.json({ apower: plug.watts() });
  };
  const meter = await openMeter({ ...fake, fetch });
  await settle();
  await plug.draw(50, 10);
  const { whole } = await meter.close();
  const total = energyTotal(whole.readings);
  expect(total.joules?.value).toBeCloseTo(500, 3);
  expect(total.status).toBe("measured");
  expect(total.unattributed?.value).toBeCloseTo(500 - 100 - 0.392, 3);
  expect(asked[0]).toEqual({
    url: "http://plug/rpc/Switch.GetStatus?id=0",
    authorization: `Basic ${btoa("me:secret")}`,
  });
  for (const word of ["secret", "plug"]) expect(JSON.stringify(whole)).not.toContain(word);
});

test("a counter in steps of 1 Wh loses nothing in the long run, and says what a step leaves open", async () => {
  const fake = fakeWorld({ env: { FRUGAL_METER: "http://plug/#energy=total&unit=Wh" } });
  const plug = simulatedMeter(fake.clock, 60);
  const fetch = async () => Response.json({ total: Math.floor(plug.joules() / 3_600) });
  const { sensors } = await openSensors({ ...fake, fetch });
  const sensor = sensors.find((each) => each.component === "node")!;
  for (let minute = 1; minute <= 20; minute++) {
    await plug.draw(60, 60);
    const { joules } = sensor.sample(fake.clock.now());
    expect(joules).toBeLessThanOrEqual(plug.joules() + 1e-6);
    expect(joules).toBeGreaterThan(plug.joules() - 2 * 3_600);
    const { high } = sensor.interval(joules, 60 * minute);
    expect(high).toBeGreaterThanOrEqual(joules + 3_600);
  }
  expect(sensor.sample(fake.clock.now()).coveredS).toBeCloseTo(1_200, 6);
});

test("a slow or hanging plug costs nothing but its own readings", async () => {
  const fake = fakeWorld({ env: { FRUGAL_METER: "http://plug/" } });
  let hangs = false;
  const plug = simulatedMeter(fake.clock, 50);
  const fetch = (_: string, init?: RequestInit) => {
    if (!hangs) return Promise.resolve(Response.json({ watts: 50 }));
    return new Promise<Response>((_resolve, reject) => {
      init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
    });
  };
  const { sensors } = await openSensors({ ...fake, fetch });
  const sensor = sensors.find((each) => each.component === "node")!;
  await plug.draw(50, 5);
  hangs = true;
  await plug.draw(50, 20);
  expect(sensor.notes().join()).toContain("no answer within 3 s");
  const stuck = sensor.sample(fake.clock.now());
  expect(stuck.coveredS).toBeLessThan(10);
  hangs = false;
  await plug.draw(50, 10);
  const { joules, coveredS } = sensor.sample(fake.clock.now());
  expect(coveredS).toBeGreaterThan(15);
  expect(coveredS).toBeLessThan(25);
  expect(joules).toBeCloseTo(50 * coveredS, 6);
});

test("a plug that no longer tells its counter is not read as something else, and closing ends what is asked", async () => {
  const fake = fakeWorld({ env: { FRUGAL_METER: "http://plug/" } });
  let answer: object = { apower: 50, aenergy: { total: 5 } };
  let hanging: AbortSignal | null | undefined;
  const fetch = (_: string, init?: RequestInit) => {
    hanging = init?.signal;
    return Promise.resolve(Response.json(answer));
  };
  const { sensors } = await openSensors({ ...fake, fetch });
  const sensor = sensors.find((each) => each.component === "node")!;
  const plug = simulatedMeter(fake.clock, 50);
  await plug.draw(50, 3);
  answer = { apower: 50 };
  await plug.draw(50, 3);
  expect(sensor.notes().join()).toContain("it tells apower in W now, no longer aenergy.total in Wh");
  sensor.close?.();
  expect(hanging?.aborted).toBe(true);
});
