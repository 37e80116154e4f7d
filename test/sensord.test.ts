/** `frugal sensord` as a process, over a real socket and a powercap tree of files; its clients may not read those files. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSensors } from "../src/energy/open-sensors.ts";
import type { Sensor, SensorWorld } from "../src/energy/sensor.ts";
import { nodeWorld } from "../src/host/node-world.ts";
import { COMMAND } from "./support/cli.ts";
import { SystemError } from "./support/fake-world.ts";

let folder: string;
let counters: string;
let socket: string;
let started: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sensord-"));
  counters = join(folder, "powercap");
  socket = join(folder, "s.sock");
  started = [];
  mkdirSync(join(counters, "intel-rapl:0"), { recursive: true });
  writeFileSync(join(counters, "intel-rapl:0", "name"), "package-0\n");
  writeFileSync(join(counters, "intel-rapl:0", "max_energy_range_uj"), "262143328850\n");
  setJoules(5);
});
afterEach(async () => {
  for (const child of started) child.kill("SIGKILL");
  await Promise.all(started.map(ended));
  rmSync(folder, { recursive: true });
});

const setJoules = (joules: number): void =>
  writeFileSync(join(counters, "intel-rapl:0", "energy_uj"), `${joules * 1e6}\n`);
const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once("exit", resolve));

/** Resolves when it says that it serves. */
async function daemon(...args: readonly string[]): Promise<ChildProcess> {
  const all = [COMMAND, "sensord", "--json", "--socket", socket, "--powercap-root", counters, ...args];
  const child = spawn(process.execPath, all, { stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.stdout!.on("data", (text) => {
      said += text;
      if (said.includes("}\n")) resolve();
    });
    child.stderr!.on("data", (text) => {
      said += text;
    });
    child.once("exit", () => reject(new Error(said)));
  });
  return child;
}

/** A user who is not root: the counters are there, and reading them fails. */
async function client(): Promise<Sensor> {
  const own = nodeWorld();
  const world: SensorWorld = {
    ...own,
    env: { FRUGAL_SENSORD: socket },
    files: {
      ...own.files,
      readTextSync(path) {
        if (path.endsWith("energy_uj")) throw new SystemError("EACCES", path);
        return own.files.readTextSync(path);
      },
    },
  };
  const { sensors, unavailable } = await openSensors(world, { powercapRoot: counters });
  const cpu = sensors.find(({ component }) => component === "cpu")!;
  for (const each of sensors) if (each !== cpu) each.close?.();
  expect(unavailable.some(({ reason }) => reason.includes("root only"))).toBe(true);
  return cpu;
}

/** Samples until `isThere`. */
async function until(sensor: Sensor, isThere: () => boolean): Promise<void> {
  for (;;) {
    sensor.sample(nodeWorld().clock.now());
    if (isThere()) return;
    await nodeWorld().clock.sleep(20);
  }
}
const joulesOf = (sensor: Sensor): number => sensor.sample(nodeWorld().clock.now()).joules;

test("a user who may not read the counter measures by it, and so does a second one", async () => {
  await daemon("--min-interval-ms", "100");
  const [one, two] = [await client(), await client()];
  expect([one.method, one.source]).toEqual(["counter", "powercap: package-0, by sensord"]);
  setJoules(35);
  await until(one, () => joulesOf(one) > 0);
  await until(two, () => joulesOf(two) > 0);
  expect([joulesOf(one), joulesOf(two)]).toEqual([30, 30]);
  one.close?.();
  setJoules(45);
  await until(two, () => joulesOf(two) > 30);
  expect([joulesOf(one), joulesOf(two)]).toEqual([30, 40]);
  two.close?.();
});

test("its socket is for its owner and its group alone", async () => {
  await daemon("--group", String(process.getgid!()));
  const { mode, gid } = statSync(socket);
  expect([(mode & 0o777).toString(8), gid]).toEqual(["660", process.getgid!()]);
});

test("killed in the middle of a run: said, not covered, and counted on when another one serves the stale socket", async () => {
  const first = await daemon("--min-interval-ms", "100");
  const sensor = await client();
  setJoules(15);
  await until(sensor, () => joulesOf(sensor) === 10);
  first.kill("SIGKILL");
  await until(sensor, () => sensor.notes().join().includes("broke"));
  setJoules(500);
  expect(joulesOf(sensor)).toBe(10);
  await daemon("--min-interval-ms", "100");
  await until(sensor, () => sensor.notes().join().includes("started again"));
  setJoules(507);
  await until(sensor, () => joulesOf(sensor) > 10);
  expect(joulesOf(sensor)).toBeCloseTo(17, 6);
  sensor.close?.();
});

test("SIGTERM ends it and its socket; where one serves already, a second does not start", async () => {
  const first = await daemon();
  await expect(daemon()).rejects.toThrow("another daemon answers there");
  first.kill("SIGTERM");
  expect(await ended(first)).toBe(143);
  expect(statSync(socket, { throwIfNoEntry: false })).toBeUndefined();
});

test("a file that is no socket is left alone; a group that is not there, and counters that are not, are said", async () => {
  writeFileSync(socket, "mine");
  await expect(daemon()).rejects.toThrow("something that is no socket is there");
  expect(statSync(socket).size).toBe(4);
  rmSync(socket);
  await expect(daemon("--group", "no-such-group-here")).rejects.toThrow(
    "sudo groupadd --system no-such-group-here",
  );
  rmSync(counters, { recursive: true });
  const { status, stderr } = spawnSync(
    process.execPath,
    [COMMAND, "sensord", "--socket", socket, "--powercap-root", counters],
    { encoding: "utf8" },
  );
  expect(status).toBe(2);
  expect(stderr).toContain("there is no counter to serve");
});

test("a program that measures by a daemon ends by itself", async () => {
  await daemon();
  const url = (path: string): string => JSON.stringify(new URL(`../dist/${path}`, import.meta.url).href);
  const source = `
    import { openSensors } from ${url("energy/open-sensors.js")};
    import { nodeWorld } from ${url("host/node-world.js")};
    const { sensors } = await openSensors(nodeWorld(), { powercapRoot: "/nowhere" });
    console.log(sensors[0].source);`;
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", source], {
    encoding: "utf8",
    env: { ...process.env, FRUGAL_SENSORD: socket },
  });
  expect([status, stdout]).toEqual([0, "powercap: package-0, by sensord\n"]);
});
