/** Every command fails at its N-th call of every port, for every N: a clean error or the work's own result, never more. */
import { expect, test } from "vitest";
import { main } from "../src/apps/cli/main.ts";
import type { Exit, StopSignal } from "../src/core/ports.ts";
import type { EngineItem, EngineOutput } from "../src/engines/engine.ts";
import type { Snapshot } from "../src/journey/monitor/snapshot.ts";
import type { Receipt } from "../src/receipt/receipt.ts";
import { isSealed } from "../src/receipt/seal.ts";
import { classifierFolder, hubFolder, MEASURED_MACHINE, MODELLED_MACHINE } from "./support/fake-machine.ts";
import { type FailingPort, type FakeOptions, type FakeWorld, fakeWorld } from "./support/fake-world.ts";
import { passTime } from "./support/pass-time.ts";
import { probeWithoutEngines } from "./support/probe-here.ts";
import { sampleReceipt } from "./support/sample-receipt.ts";
import { settle } from "./support/settle.ts";

const HOME = "/home/frugal";
const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const SOCKET = "/run/test/sensord.sock";
const PENDING = `${HOME}/ledger/pending/`;

const HUB_ANSWER = {
  sha: COMMIT,
  siblings: ["config.json", "onnx/model_q4.onnx"].map((rfilename) => ({ rfilename })),
};
const LIVE_SOURCE = "api.carbonintensity.org.uk";
const LIVE_ANSWER = {
  data: [{ from: "2026-01-01T00:00Z", to: "2026-01-01T00:30Z", intensity: { forecast: 150, actual: 160 } }],
};

const { id: _, ...leftBody } = sampleReceipt({ kind: "monitor", outcome: { status: "interrupted" } });
const SNAPSHOTS = `${HOME}/monitor/`;
const LEFT_SNAPSHOT: Snapshot = {
  schema: "frugal.monitor-state/1",
  host: "fake",
  pid: 5_001,
  process_start: 0,
  at: "2025-12-31T00:00:00.000Z",
  interval_s: 1,
  ended: false,
  body: leftBody,
};

function engine(item: EngineItem): EngineOutput {
  if (item.kind === "image") return { kind: "labels", labels: [{ label: "cat", score: 0.75 }] };
  if (item.kind === "text" && item.text.startsWith("say ")) {
    return { kind: "audio", samples: Float32Array.of(0, 0.5), rateHz: 16_000 };
  }
  return { kind: "vector", vector: Float32Array.of(0.25, 0.5) };
}

interface Scenario {
  readonly argv: readonly string[];
  readonly files?: FakeOptions["files"];
  readonly env?: FakeOptions["env"];
  readonly ends?: Exit | string;
  /** It runs until this signal. */
  readonly stopsBy?: StopSignal;
  /** Whatever it cannot find out is a part of its answer, as its exit code is: 0, 1 or 2. */
  readonly isExamination?: boolean;
  /** Files that the child fetches when it opens the model. */
  readonly fetched?: Record<string, string | Uint8Array>;
  /** Of the run in which nothing fails. */
  readonly exitCode?: number;
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "texts of a file and of standard input": {
    argv: ["run", "feature-extraction", "-m", "bert", "-i", "texts.txt", "-i", "-"],
    files: { ...MEASURED_MACHINE, ...hubFolder("/fake/bert", "BertModel"), "/fake/texts.txt": "one\ntwo\n" },
  },
  "a model with an adapter": {
    argv: ["run", "--adapter", "lora", "-i", "texts.txt"],
    files: {
      ...MODELLED_MACHINE,
      ...hubFolder("/fake/bert", "BertModel"),
      "/fake/lora/adapter_config.json": '{"base_model_name_or_path": "bert"}',
      "/fake/lora/adapter_model.safetensors": "numbers",
      "/fake/lora/frugal-task.json":
        '{"task": "sentence-similarity", "layout": "none", "labels": [], "pooling": "mean"}',
      "/fake/lora/receipt.json": '{"id": "0123"}',
      "/fake/texts.txt": "one\ntwo\n",
    },
  },
  "a sound that is saved": {
    argv: ["run", "text-to-audio", "-m", "vits", "-i", "say it", "-i", "say more", "--save", "sounds"],
    files: { ...MODELLED_MACHINE, ...hubFolder("/fake/vits", "VitsModel") },
  },
  "an image and a model with a manifest": {
    argv: ["run", "image-classification", "-m", "classifier", "-i", "cat.png"],
    files: { ...MODELLED_MACHINE, ...classifierFolder("/fake/classifier"), "/fake/cat.png": "a picture" },
  },
  "a model from the hub": {
    argv: ["run", "feature-extraction", "-m", "team/bert", "-i", "food"],
    files: MODELLED_MACHINE,
    fetched: hubFolder(`${HOME}/models/${COMMIT}/team/bert`, "BertModel"),
  },
  "a command that fails by itself": {
    argv: ["track", "--", "make"],
    files: MEASURED_MACHINE,
    ends: { code: 7, signal: null },
    exitCode: 7,
  },
  "a command with the receipt in a file": {
    argv: ["track", "--json", "receipt.json", "--", "make"],
    files: { ...MODELLED_MACHINE, [`${HOME}/config.json`]: '{"zone": "FR"}' },
    ends: { code: 0, signal: null },
  },
  "a command under a live source of carbon intensity": {
    argv: ["track", "--", "make"],
    files: MODELLED_MACHINE,
    env: { FRUGAL_LIVE: "uk", FRUGAL_ZONE: "GB" },
    ends: { code: 0, signal: null },
  },
  "a machine that is monitored": {
    argv: ["monitor", "--duration", "2s", "--zone", "FR"],
    files: {
      ...MEASURED_MACHINE,
      // Of a monitor that was killed: the fake machine's process 5001 is another one now.
      [`${SNAPSHOTS}5001-1767225000000.json`]: JSON.stringify(LEFT_SNAPSHOT),
    },
  },
  "places compared": { argv: ["where", "--energy", "5kWh", "--zones", "FR,aws:eu-west-3"] },
  "zones found": { argv: ["zones", "france", "--json"] },
  "a command beside a daemon that does not answer": {
    argv: ["track", "--", "make"],
    files: MODELLED_MACHINE,
    env: { FRUGAL_SENSORD: SOCKET },
    ends: { code: 0, signal: null },
  },
  "counters that are served": {
    argv: ["sensord", "--socket", SOCKET, "--group", "frugal", "--json"],
    files: { ...MEASURED_MACHINE, "/etc/group": "root:x:0:\nfrugal:x:990:\n" },
    stopsBy: "SIGTERM",
    exitCode: 143,
  },
  "a machine that is examined": { argv: ["doctor"], files: MEASURED_MACHINE, isExamination: true },
  "a machine whose remedies are asked for": {
    argv: ["doctor", "--fix", "--json"],
    files: MODELLED_MACHINE,
    isExamination: true,
    exitCode: 1,
  },
  "a command that is not there": {
    argv: ["track", "--", "maek"],
    ends: "ENOENT",
    exitCode: 127,
  },
};

interface Outcome {
  readonly code: number;
  readonly world: FakeWorld;
}

async function perform(scenario: Scenario, options: FakeOptions = {}): Promise<Outcome> {
  const { files = {}, env = {}, ends, stopsBy, fetched = {} } = scenario;
  const world: FakeWorld = fakeWorld({
    files,
    env: { FRUGAL_HOME: HOME, ...env },
    input: "three\n",
    ...(ends === undefined ? {} : { command: () => ends }),
    engine,
    probe: () =>
      probeWithoutEngines({
        ...world,
        clock: { ...world.clock, sleep: async (ms) => drawPower(world, ms / 1_000) },
      }),
    onOpen: () => {
      for (const [path, content] of Object.entries(fetched)) {
        world.stored.set(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
      }
      // Samples are taken in the middle of the run, not only at its edges.
      world.clock.advance(0.5);
    },
    fetch: (url) => Response.json(url.includes(LIVE_SOURCE) ? LIVE_ANSWER : HUB_ANSWER),
    ...options,
  });
  const running = main(world, scenario.argv);
  if (stopsBy !== undefined) {
    await settle();
    world.raise(stopsBy);
  }
  const ended = scenario.argv[0] === "monitor" ? passTime(world, running, 1) : running;
  return { code: await ended, world };
}

/** The pause between two samples passes by itself, and counters go on. */
function drawPower({ clock, stored }: FakeWorld, seconds: number): void {
  clock.advance(seconds);
  for (const path of stored.keys()) {
    if (path.endsWith("/energy_uj")) stored.set(path, new TextEncoder().encode("29000000\n"));
  }
}

function receiptsOf({ world }: Outcome): Receipt[] {
  const pending = [...world.stored].filter(([path]) => path.startsWith(PENDING));
  return pending.map(([, bytes]) => JSON.parse(new TextDecoder().decode(bytes)));
}

/** Receipts that are not whole, sockets that are still served, and files that a run without failures does not write. */
function strayFiles(outcome: Outcome, whole: Outcome): string[] {
  const broken = receiptsOf(outcome).filter((receipt) => !isSealed(receipt));
  const others = [...outcome.world.stored.keys()].filter(
    // The doctor's own, where it says that it could not be removed.
    (path) =>
      !path.startsWith(PENDING) &&
      // A monitor's snapshot, which stays where something goes wrong: the next start takes it up.
      !path.startsWith(SNAPSHOTS) &&
      !outcome.world.out().replaceAll(/\s+/g, " ").includes(`${path}, written to try`),
  );
  return [
    ...broken.map(({ id }) => id),
    ...others.filter((path) => !whole.world.stored.has(path)),
    ...outcome.world.listening(),
  ];
}

/** What serves measuring alone: its failure costs nothing else. */
const ofMeasuring = (subject: string): boolean =>
  /^\/(proc|sys)\//.test(subject) ||
  subject.includes(LIVE_SOURCE) ||
  subject === SOCKET ||
  (subject.startsWith(`${HOME}/`) && !/^\/(models|scratch)/.test(subject.slice(HOME.length)));

const lacksMeter = (outcome: Outcome): boolean =>
  receiptsOf(outcome).some(({ energy }) => energy.parts.some(({ source }) => source === "external meter"));

interface Failed {
  readonly subject: string;
  readonly code: string;
  /** True for commands that leave a receipt. */
  readonly isMeasured: boolean;
  readonly isExamination: boolean;
}

function expectCleanEnd(outcome: Outcome, whole: Outcome, failed: Failed, how: string): void {
  const { code, world } = outcome;
  const said = `${how}\nexit ${code}\n${world.err()}`;
  expect(world.err(), said).not.toContain("internal:");
  // A folder for the while that cannot be removed is left to the next run.
  const stray = strayFiles(outcome, whole).filter((path) => path !== `${failed.subject}/`);
  expect(stray, said).toEqual([]);
  if (failed.isMeasured && ofMeasuring(failed.subject)) {
    expect([code, world.out()], said).toEqual([whole.code, whole.world.out()]);
    // What went wrong first is what the user must read: a receipt that fails as well adds nothing to it.
    const isUnstored = failed.subject.startsWith(PENDING) && !whole.world.err().includes("error:");
    const isUnset = failed.subject === `${HOME}/config.json` && failed.code !== "ENOENT";
    // Settings are read twice: for the place, whose loss is said, and for an external meter, whose loss the receipt tells.
    const isTold = /^warning: .+\nhint: .+/m.test(world.err()) || (isUnset && lacksMeter(outcome));
    const isUnkept = failed.subject.startsWith(`${SNAPSHOTS}4242-`);
    // What another monitor left: that it is not there is no news, that it cannot be read is.
    const isLeft =
      failed.subject === SNAPSHOTS.slice(0, -1) || failed.subject.startsWith(`${SNAPSHOTS}5001-`);
    if (!isLeft) expect(isTold, said).toBe(isUnstored || isUnset || isUnkept);
  }
  if (code === whole.code) return;
  if (failed.isExamination && world.out() !== "") {
    expect([[0, 1, 2].includes(code), world.err()], said).toEqual([true, ""]);
    return;
  }
  expect([2, 126, 127], said).toContain(code);
  expect(world.err(), said).toMatch(/^error: .+\nhint: .+\n$/m);
  expect(world.out(), said).toBe("");
}

const CODES: Readonly<Record<FailingPort, readonly string[]>> = {
  files: ["ENOENT", "EACCES", "ENOSPC"],
  processes: ["EAGAIN", "ENOMEM", "SIGKILL", "SIGSEGV"],
  sockets: ["EACCES", "ECONNREFUSED", "EADDRINUSE"],
  fetch: ["ECONNREFUSED"],
  output: ["ENOSPC", "EIO"],
  input: ["EIO"],
};
const SWEEPS = Object.keys(SCENARIOS).flatMap((name) =>
  (Object.keys(CODES) as FailingPort[]).flatMap((port) => CODES[port].map((code) => ({ name, port, code }))),
);

test.each(SWEEPS)("$name: whichever call of $port fails with $code, the end is clean", async (sweep) => {
  const { name, port, code } = sweep;
  const scenario = SCENARIOS[name]!;
  const whole = await perform(scenario);
  expect(whole.code, whole.world.err()).toBe(scenario.exitCode ?? 0);
  for (let call = 1; ; call++) {
    let subject = "";
    let count = 0;
    const outcome = await perform(scenario, {
      failAt: { port, call, code },
      onCall: (_, at, called) => {
        if (at === port && ++count === call) subject = called;
      },
    });
    const how = `${name}: ${code} at call ${call} of ${port}, ${subject}`;
    const isMeasured = receiptsOf(whole).length > 0;
    const { isExamination = false } = scenario;
    expectCleanEnd(outcome, whole, { subject, code, isMeasured, isExamination }, how);
    if (outcome.world.calls(port) < call) break;
  }
});

test.each(Object.keys(SCENARIOS))("%s: a signal at any call ends it with nothing half done", async (name) => {
  const scenario = SCENARIOS[name]!;
  const whole = await perform(scenario);
  for (let call = 1; ; call++) {
    let calls = 0;
    let reached = "";
    const outcome = await perform(scenario, {
      onCall: (count, port, subject, world) => {
        calls = count;
        if (count !== call) return;
        reached = `${port} ${subject}`;
        world.raise("SIGTERM");
      },
    });
    const { code, world } = outcome;
    const said = `${name}: SIGTERM at call ${call}, ${reached}\nexit ${code}\n${world.err()}`;
    if (calls < call) break;
    // A tracked command gets the signal; before its start and after its end there is nobody to get it. A monitor ends by it.
    const ends = { track: [143, whole.code], monitor: [0] }[scenario.argv[0]!] ?? [143];
    expect(ends, said).toContain(code);
    expect(world.err(), said).not.toContain("internal:");
    expect(strayFiles(outcome, whole), said).toEqual([]);
  }
});
