/** `frugal monitor`: what it shows and leaves, however it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { main } from "../src/apps/cli/main.ts";
import { parseReceipt } from "../src/receipt/parse-receipt.ts";
import type { Receipt } from "../src/receipt/receipt.ts";
import type { PowerSample } from "../src/report/power-sample.ts";
import { COMMAND, frugal } from "./support/cli.ts";
import { MEASURED_MACHINE, MODELLED_MACHINE } from "./support/fake-machine.ts";
import { type FakeOptions, type FakeWorld, fakeWorld } from "./support/fake-world.ts";
import { passTime } from "./support/pass-time.ts";
import { settle } from "./support/settle.ts";

const HOME = "/home/frugal";
const COUNTER = "/sys/class/powercap/intel-rapl:0/energy_uj";

/** A machine whose package draws 20 W. */
function machine(options: FakeOptions = {}): FakeWorld {
  const world = fakeWorld({ files: MEASURED_MACHINE, env: { FRUGAL_HOME: HOME }, ...options });
  world.clock.every(100, () => {
    if (!world.stored.has(COUNTER)) return;
    const microjoules = 5_000_000 + Math.round(world.clock.now() * 20_000_000);
    world.stored.set(COUNTER, new TextEncoder().encode(`${microjoules}\n`));
  });
  return world;
}

const textAt = (world: FakeWorld, path: string): string => new TextDecoder().decode(world.stored.get(path));
const below = (world: FakeWorld, folder: string): string[] =>
  [...world.stored.keys()].filter((path) => path.startsWith(`${HOME}/${folder}/`));
const receiptsIn = (world: FakeWorld): Receipt[] =>
  below(world, "ledger/pending").map((path) => JSON.parse(textAt(world, path)));
const snapshotsIn = (world: FakeWorld): string[] => below(world, "monitor");

/** Until so many seconds after it began to measure. */
async function passFor(world: FakeWorld, seconds: number): Promise<void> {
  while (world.clock.now() < seconds) {
    await settle();
    if (world.clock.hasSleepers()) world.clock.advance(0.1);
  }
  await settle();
}

/** Starts it, raises `signal` after so many seconds, and waits for the end. */
async function monitored(
  world: FakeWorld,
  args: readonly string[],
  stop?: { at: number; by: "SIGINT" | "SIGTERM" },
) {
  const stopTimer = world.clock.every(100, () => {
    if (stop === undefined || world.clock.now() < stop.at - 1e-9) return;
    stopTimer();
    world.raise(stop.by);
  });
  return await passTime(world, main(world, ["monitor", ...args]));
}

test.each(["SIGINT", "SIGTERM"] as const)("%s is its normal end: exit 0 and a whole receipt", async (by) => {
  const world = machine();
  expect(await monitored(world, ["--zone", "FR", "--name", "bench"], { at: 5, by })).toBe(0);
  const [receipt] = receiptsIn(world);
  expect(receipt).toMatchObject({
    kind: "monitor",
    subject: { type: "machine", id: "bench" },
    outcome: { status: "ok" },
    energy: { boundary: "machine" },
    carbon: { zone: "FR" },
  });
  const cpu = receipt?.energy.parts.find(({ component }) => component === "cpu");
  expect(cpu).toMatchObject({ method: "counter", energy_j: { value: expect.closeTo(100, -1) } });
  expect(world.err()).toMatch(/energy .* whole machine · 5 s\ncarbon .*receipt/);
  expect(snapshotsIn(world)).toEqual([]);
});

test("--duration ends it by itself, in mid-interval where it must", async () => {
  const world = machine();
  expect(await monitored(world, ["--interval", "2s", "--duration", "5s", "--json"])).toBe(0);
  const lines = world
    .out()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as PowerSample);
  expect(lines.slice(0, -1).map(({ interval_s }) => interval_s)).toEqual([
    expect.closeTo(2, 0),
    expect.closeTo(2, 0),
    expect.closeTo(1, 0),
  ]);
});

test("--json gives a line per interval and the receipt as the last one, on stdout alone", async () => {
  const world = machine({ terminal: { errIsTerminal: true } });
  await monitored(world, ["--json", "--duration", "3s"]);
  const lines = world.out().trimEnd().split("\n");
  const samples = lines.slice(0, -1).map((line) => JSON.parse(line) as PowerSample);
  expect(samples).toHaveLength(3);
  for (const { schema, parts, so_far, status } of samples) {
    expect([schema, status]).toEqual(["frugal.power/1", "measured"]);
    const cpu = parts.find(({ component }) => component === "cpu");
    expect(cpu).toMatchObject({ power_w: { value: expect.closeTo(20, 0) } });
    expect(so_far.carbon?.zone_from).toBe("default");
  }
  expect(samples.map(({ so_far }) => Math.round(so_far.duration_s))).toEqual([1, 2, 3]);
  const { id } = JSON.parse(lines.at(-1)!) as Receipt;
  expect(receiptsIn(world).map((receipt) => receipt.id)).toEqual([id]);
  expect(world.err()).toBe("");
});

test("on a terminal a block is drawn over in place, narrower than the terminal, without colour if so told", async () => {
  const world = machine({
    files: MODELLED_MACHINE,
    terminal: { errIsTerminal: true, columns: 50, rows: 12 },
  });
  await monitored(world, ["--duration", "3s"]);
  const [start, ...frames] = world.err().split("\r");
  expect(start).toBe("");
  const texts = frames.map((frame) => frame.replaceAll("\u001b", "\\e"));
  expect(texts[1]).toMatch(/^\\e\[1A/);
  const last = texts.findLast((text) => text.includes("history"))!;
  expect(last).toContain("frugal monitor  3 s");
  expect(last).toContain("cpu, ram modelled, no counter: see frugal doctor");
  const shown = last.replaceAll(/\\e\[\d*[A-Z]/g, "").split("\n");
  expect(shown.filter((line) => line.length >= 50)).toEqual([]);
  expect(shown.length).toBeLessThanOrEqual(12);
  // The receipt stands below the last frame.
  expect(texts.at(-1)).toMatch(/^\\e\[Jenergy /);
});

test("in a log there is a line each ten seconds, or each interval that was asked for; none with --quiet", async () => {
  const lines = async (...args: string[]) => {
    const world = machine();
    await monitored(world, ["--duration", "30s", ...args]);
    return world
      .err()
      .split("\n")
      .filter((line) => / W /.test(line)).length;
  };
  expect(await lines()).toBe(3);
  expect(await lines("--interval", "1s")).toBe(30);
  expect(await lines("--interval", "15s")).toBe(2);
  expect(await lines("--quiet")).toBe(0);
});

test("a killed monitor has lost one interval at most, and the next start finishes its receipt", async () => {
  const killed = machine();
  // Nobody ends it: its world stands still.
  void main(killed, ["monitor", "--zone", "FR", "--name", "killed"]);
  await passFor(killed, 7.5);
  const left = snapshotsIn(killed);
  expect(left).toHaveLength(1);

  // The same process id is another process now: it started later.
  const files = Object.fromEntries([...killed.stored]);
  const stat = textAt(killed, "/proc/4242/stat");
  files["/proc/4242/stat"] = new TextEncoder().encode(stat.replace(" 1 1000 ", " 9 1000 "));
  const world = machine({ files });
  expect(await monitored(world, ["--duration", "1s", "--name", "next"])).toBe(0);
  const found = receiptsIn(world).find(({ subject }) => subject.id === "killed");
  expect(found).toMatchObject({
    outcome: { status: "interrupted" },
    duration_s: expect.closeTo(7, 0),
    carbon: { zone: "FR" },
    energy: { notes: [expect.stringContaining("cut short")] },
  });
  expect(parseReceipt(world.stored.get(`${HOME}/ledger/pending/${found!.id}.json`)!).ok).toBe(true);
  expect(world.err()).toContain("a monitor was cut short");
  expect(snapshotsIn(world)).toEqual([]);
});

test("a full disk is said once, and measuring goes on", async () => {
  const world = machine();
  const full = {
    ...world,
    files: {
      ...world.files,
      writeAtomic: () => Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" })),
    },
  };
  const code = await passTime(world, main(full, ["monitor", "--duration", "5s"]));
  expect(code).toBe(0);
  expect(world.err().match(/cannot be kept/g)).toHaveLength(1);
  expect(world.err()).toContain("warning: the receipt was not stored");
  expect(world.err()).toMatch(/energy .* measured|energy .* modelled/);
});

test("a second Ctrl+C ends it at once, whatever it still waits for", async () => {
  const world = machine();
  // A disk that hangs: neither snapshot nor receipt is ever written.
  const hung = { ...world, files: { ...world.files, writeAtomic: () => new Promise<void>(() => {}) } };
  void main(hung, ["monitor"]);
  await passFor(world, 2.5);
  world.raise("SIGINT");
  await settle();
  expect(() => world.raise("SIGINT")).toThrow("ended at once by SIGINT");
});

test("a stdout that takes no more ends it with an error, and the receipt is there", async () => {
  const world = machine({ failAt: { port: "output", call: 2, code: "ENOSPC" } });
  expect(await monitored(world, ["--json"])).toBe(2);
  expect(world.err()).toMatch(/^error: cannot write to standard output: ENOSPC\nhint: /);
  expect(receiptsIn(world)).toMatchObject([{ outcome: { status: "failed", error_code: "disk-full" } }]);
  expect(snapshotsIn(world)).toEqual([]);
});

test("CodeCarbon's measure_power_secs is the interval, unless --interval says otherwise; its row covers the machine", async () => {
  const env = { FRUGAL_HOME: HOME, CODECARBON_MEASURE_POWER_SECS: "2", CODECARBON_TRACKING_MODE: "process" };
  const world = machine({ env });
  await monitored(world, ["--codecarbon", "--json", "--duration", "4s"]);
  expect(world.out().trimEnd().split("\n")).toHaveLength(3);
  expect(world.err()).toBe("");
  const [header, row] = textAt(world, "/fake/emissions.csv")
    .split("\n")
    .map((line) => line.split(","));
  const cell = (column: string) => row![header!.indexOf(column)];
  expect(cell("tracking_mode")).toBe("machine");
  expect(Number(cell("cpu_power"))).toBeCloseTo(20, 0);

  const other = machine({ env });
  await monitored(other, ["--codecarbon", "--json", "--duration", "4s", "--interval", "1s"]);
  expect(other.out().trimEnd().split("\n")).toHaveLength(5);
});

test.each([
  [["--interval", "1ms"], "give a time from 100ms to 1h"],
  [["--interval", "soon"], "is not a length of time"],
  [["--duration", "0s"], "is not a length of time"],
  [["--zone", "XX-NOWHERE"], "XX-NOWHERE"],
])("%j is refused before anything is measured", async (args, words) => {
  const world = machine();
  expect(await main(world, ["monitor", ...args])).toBe(2);
  expect(world.err()).toContain(words);
  expect(receiptsIn(world)).toEqual([]);
});

// Real processes from here on.

const scratch = mkdtempSync(join(tmpdir(), "frugal-monitor-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(scratch, { recursive: true, force: true });
});

/** Starts it and waits for `count` lines of JSON. */
async function started(home: string, count: number) {
  const child = spawn(process.execPath, [COMMAND, "monitor", "--interval", "100ms", "--json"], {
    env: { ...process.env, FRUGAL_HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let out = "";
  let err = "";
  child.stderr.on("data", (text) => {
    err += text;
  });
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (text) => {
      out += text;
      if (out.split("\n").length > count) resolve();
    });
    void exit.then(() => resolve());
  });
  return { child, exit, out: () => out, err: () => err };
}
const pendingIn = (home: string): Receipt[] =>
  readdirSync(join(home, "ledger/pending")).map((name) => {
    const parsed = parseReceipt(readFileSync(join(home, "ledger/pending", name)));
    if (!parsed.ok) throw new Error(parsed.why);
    return parsed.receipt;
  });

test("Ctrl+C ends a real one with 0 and a receipt that the ledger takes", async () => {
  const home = join(scratch, "interrupted");
  const running = await started(home, 3);
  running.child.kill("SIGINT");
  expect([await running.exit, running.err()]).toEqual([0, ""]);
  const receipt = JSON.parse(running.out().trimEnd().split("\n").at(-1)!) as Receipt;
  expect(pendingIn(home)).toEqual([receipt]);
  expect(receipt.energy.total_j?.value).toBeGreaterThan(0);
  expect(readdirSync(join(home, "monitor"))).toEqual([]);
  const { status, stdout } = frugal(home, "log", "export", "--kind", "monitor");
  expect([status, JSON.parse(stdout)]).toEqual([0, [receipt]]);
});

test("a real one that was killed is finished by the next start, while one that runs is left alone", async () => {
  const home = join(scratch, "killed");
  const [killed, alive] = [await started(home, 3), await started(home, 3)];
  killed.child.kill("SIGKILL");
  expect(await killed.exit).toBe(null);
  const next = frugal(home, "monitor", "--duration", "300ms", "--interval", "100ms");
  expect(next.status).toBe(0);
  expect(next.stderr.match(/a monitor was cut short/g)).toHaveLength(1);
  const cut = pendingIn(home).filter(({ outcome }) => outcome.status === "interrupted");
  expect(cut).toHaveLength(1);
  const seen = JSON.parse(killed.out().trimEnd().split("\n").at(-1)!) as PowerSample;
  expect(cut[0]!.duration_s).toBeGreaterThan(seen.so_far.duration_s - 0.25);
  alive.child.kill("SIGINT");
  expect(await alive.exit).toBe(0);
  expect(pendingIn(home)).toHaveLength(3);
  expect(readdirSync(join(home, "monitor")).filter((name) => !name.startsWith("."))).toEqual([]);
});
