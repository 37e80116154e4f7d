import fc from "fast-check";
import { expect, test } from "vitest";
import { type FakeSockets, fakeSockets, pair } from "../../../test/support/fake-sockets.ts";
import { type FakeWorld, fakeWorld, SystemError } from "../../../test/support/fake-world.ts";
import { type SensorRig, sensorSuite } from "../../../test/support/sensor-suite.ts";
import type { Connection } from "../../core/ports.ts";
import { seededRandom } from "../../core/random.ts";
import { powercapSensor } from "../powercap-sensor.ts";
import type { Found } from "../sensor.ts";
import { openSensord } from "./sensord-source.ts";
import { serveReadings } from "./serve-readings.ts";

const PATH = "/run/test.sock";
const ZONE = { name: "package-0", counterPath: "/c/energy_uj", rangeUj: 262_143_328_850 };

interface Rig extends SensorRig {
  readonly world: FakeWorld;
  readonly sockets: FakeSockets;
  restart(): Promise<void>;
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

/** A daemon over a counter that follows the fake clock, and a client in the same memory. */
function rig({ failAt }: { readonly failAt?: number } = {}, minIntervalMs = 1_000): Rig {
  let reads = 0;
  const before = (path: string): void => {
    reads++;
    if (reads === failAt) throw new SystemError("EIO", path);
  };
  const sockets = fakeSockets(before);
  const world = fakeWorld({ sockets });
  let joules = 5;
  let sinceS = 0;
  let watts = 0;
  const files = {
    readTextSync(path: string): string {
      if (path !== ZONE.counterPath) throw new SystemError("ENOENT", path);
      before(path);
      return `${Math.round((joules + watts * (world.clock.now() - sinceS)) * 1e6)}\n`;
    },
  };
  let starts = 0;
  let stop = async (): Promise<void> => {};
  const start = async (): Promise<void> => {
    const sensor = powercapSensor(files, "cpu", [ZONE], world.clock.now());
    const random = seededRandom(++starts);
    const server = serveReadings({ clock: world.clock, random }, [sensor], { minIntervalMs });
    const listening = await sockets.listen(PATH, { mode: 0o660 }, server.accept);
    stop = async () => {
      await listening.close();
      server.close();
    };
  };
  return {
    world,
    sockets,
    async open() {
      if (starts === 0) await start().catch(() => {});
      return await openSensord(world, PATH);
    },
    async draw(nowW, seconds) {
      joules += watts * (world.clock.now() - sinceS);
      sinceS = world.clock.now();
      watts = nowW;
      // In steps, between which connections are made.
      const steps = Math.ceil(seconds);
      for (let step = 0; step < steps; step++) {
        world.clock.advance(sinceS + (seconds * (step + 1)) / steps - world.clock.now());
        await settle();
      }
    },
    now: world.clock.now,
    breakReads: sockets.breakAll,
    async restart() {
      await stop();
      await start();
    },
  };
}

const unavailableOn = (accept: (connection: Connection) => void) => async (): Promise<Found> => {
  const sockets = fakeSockets();
  await sockets.listen(PATH, { mode: 0o660 }, accept);
  return await openSensord(fakeWorld({ sockets }), PATH);
};
const HELLO = {
  type: "hello",
  protocol: "frugal-sensord",
  version: 1,
  run: "a",
  min_interval_ms: 1_000,
  sensors: [{ component: "cpu", source: "powercap: package-0" }],
};
const says =
  (...lines: readonly unknown[]) =>
  (connection: Connection): void => {
    for (const line of lines) connection.send(`${typeof line === "string" ? line : JSON.stringify(line)}\n`);
  };

sensorSuite("sensord", {
  component: "cpu",
  boundary: "machine",
  method: "counter",
  rig,
  unavailable: {
    "nobody listens": async () => await openSensord(fakeWorld(), PATH),
    "you may not connect": async () =>
      await openSensord(
        fakeWorld({
          sockets: fakeSockets(() => {
            throw new SystemError("EACCES", PATH);
          }),
        }),
        PATH,
      ),
    "it ends the connection": unavailableOn((connection) => connection.close()),
    "it speaks another version": unavailableOn(says({ ...HELLO, version: 2 })),
    "it is another server": unavailableOn(says("SSH-2.0-OpenSSH_9.6")),
    "its line never ends": unavailableOn((connection) => connection.send("x".repeat(70_000))),
    "it offers nothing": unavailableOn(says({ ...HELLO, sensors: [] })),
    "it reads before its hello": unavailableOn(
      says({ type: "reading", joules: [1], covered_s: [1], notes: [[]] }),
    ),
    "its joules are no number": unavailableOn(
      says(HELLO, '{"type":"reading","joules":[NaN],"covered_s":[0],"notes":[[]]}'),
    ),
  },
});

test("a server that never answers is given up after three seconds", async () => {
  const sockets = fakeSockets();
  await sockets.listen(PATH, { mode: 0o660 }, () => {});
  const world = fakeWorld({ sockets });
  const opening = openSensord(world, PATH);
  await settle();
  world.clock.advance(3);
  const { sensors, unavailable } = await opening;
  expect(sensors).toEqual([]);
  expect(unavailable[0]?.reason).toBe("it gave no reading within 3 s");
});

const reading = (joules: number, seconds: number): object => ({
  type: "reading",
  joules: [joules],
  covered_s: [seconds],
  notes: [[]],
});

test.each([
  ["counts that go back", reading(50, 2), "its counts went back"],
  ["more time than has passed", reading(100, 3_600), "more time than has passed"],
  ["more energy than any machine uses", reading(1e12, 2), "more energy than any machine"],
  ["another number of sensors", { ...reading(1, 1), joules: [1, 2] }, "another number of sensors"],
  ["a negative count", reading(-1, 2), "joules is not a number"],
  ["text that is not JSON", "}{", "a line is not JSON"],
  ["a line without end", "x".repeat(70_000), "a line that is too long"],
])("%s: from then on it is not believed, and no joule is taken from it", async (_, line, said) => {
  let told: Connection | undefined;
  const sockets = fakeSockets();
  await sockets.listen(PATH, { mode: 0o660 }, (connection) => {
    told = connection;
    says(HELLO, reading(100, 1))(connection);
  });
  const world = fakeWorld({ sockets });
  const [sensor] = (await openSensord(world, PATH)).sensors;
  world.clock.advance(1);
  says(line, reading(1_000, 3))(told!);
  expect(sensor?.sample(world.clock.now())).toEqual({ joules: 0, coveredS: 0 });
  expect(sensor?.notes().join()).toContain(said);
});

test("whatever a server sends, samples stay finite, and never go back", async () => {
  const value = fc.oneof(fc.double(), fc.integer(), fc.constant(null), fc.string());
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({
      type: fc.constant("reading"),
      joules: fc.array(value, { maxLength: 2 }),
      covered_s: fc.array(value, { maxLength: 2 }),
      notes: fc.constant([[]]),
    }),
    fc.tuple(fc.nat(5_000), fc.nat(5)).map(([joules, seconds]) => reading(joules, seconds)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
      let told: Connection | undefined;
      const sockets = fakeSockets();
      await sockets.listen(PATH, { mode: 0o660 }, (connection) => {
        told = connection;
        says(HELLO, reading(0, 0))(connection);
      });
      const world = fakeWorld({ sockets });
      const [sensor] = (await openSensord(world, PATH)).sensors;
      let last = { joules: 0, coveredS: 0 };
      for (const each of lines) {
        world.clock.advance(1);
        says(each)(told!);
        const next = sensor!.sample(world.clock.now());
        expect(
          Number.isFinite(next.joules) && next.joules >= last.joules && next.coveredS >= last.coveredS,
        ).toBe(true);
        last = next;
      }
      sensor!.close?.();
    }),
  );
});

test("a daemon that was started again counts on from there; what lay between is said to be lost", async () => {
  const own = rig();
  const [sensor] = (await own.open()).sensors;
  await own.draw(10, 5);
  await own.restart();
  await own.draw(10, 5);
  const { joules, coveredS } = sensor!.sample(own.now());
  expect(joules).toBeCloseTo(10 * coveredS, 3);
  expect(coveredS).toBeGreaterThanOrEqual(8);
  expect(coveredS).toBeLessThan(10);
  expect(sensor!.notes().join()).toContain("started again");
});

/** Asks by hand, and keeps what comes. */
function listenIn(
  accept: (connection: Connection) => void,
  ask: string,
): { lines: string[]; isOpen: () => boolean; close: () => void } {
  const [ours, theirs] = pair();
  const lines: string[] = [];
  let isOpen = true;
  ours.onText((text) => lines.push(...text.split("\n").filter((line) => line !== "")));
  ours.onClose(() => {
    isOpen = false;
  });
  accept(theirs);
  ours.send(ask);
  return { lines, isOpen: () => isOpen, close: ours.close };
}
const subscribe = (intervalMs: number): string =>
  `${JSON.stringify({ type: "subscribe", version: 1, interval_ms: intervalMs })}\n`;

function daemon(minIntervalMs: number) {
  const world = fakeWorld();
  let samples = 0;
  const sensor = {
    component: "cpu", boundary: "machine", method: "counter", source: "counter", remedy: "none",
    interval: (value: number) => ({ low: value, value, high: value }),
    sample: (nowS: number) => ({ joules: ++samples, coveredS: nowS }),
    notes: () => [],
  } as const; // biome-ignore format: one record
  return { world, server: serveReadings(world, [sensor], { minIntervalMs }), samples: () => samples };
}

test("one loop serves all clients, each at its own pace and none faster than allowed", () => {
  const { world, server, samples } = daemon(1_000);
  const fast = listenIn(server.accept, subscribe(1));
  const slow = listenIn(server.accept, subscribe(5_000));
  for (let second = 0; second < 10; second++) world.clock.advance(1);
  // The hello, the reading at once, then one a second and one in five.
  expect([fast.lines.length, slow.lines.length]).toEqual([12, 4]);
  expect(samples()).toBe(11);
});

test("ten readings a second only where the daemon's owner said so", () => {
  const { world, server } = daemon(100);
  const { lines } = listenIn(server.accept, subscribe(10));
  for (let step = 0; step < 10; step++) world.clock.advance(0.1);
  expect(lines.length).toBeGreaterThanOrEqual(10);
  expect(lines.length).toBeLessThanOrEqual(12);
});

test("connecting again and again gives no finer readings", () => {
  const { world, server, samples } = daemon(1_000);
  for (let step = 0; step < 100; step++) {
    listenIn(server.accept, subscribe(1)).close();
    world.clock.advance(0.01);
  }
  expect(samples()).toBeLessThanOrEqual(2);
});

test("what is no subscription, or too long, or one client too many, is answered and ended", () => {
  const { server } = daemon(1_000);
  for (const ask of [
    "GET / HTTP/1.1\n",
    "[]\n",
    subscribe(-1),
    '{"type":"subscribe","version":9,"interval_ms":1}\n',
    "x".repeat(2_000),
  ]) {
    const { lines, isOpen } = listenIn(server.accept, ask);
    expect(lines.at(-1)).toContain('"type":"error"');
    expect(isOpen()).toBe(false);
  }
  const clients = Array.from({ length: 65 }, () => listenIn(server.accept, subscribe(1_000)));
  expect(clients.map(({ isOpen }) => isOpen())).toEqual([...Array(64).fill(true), false]);
});
