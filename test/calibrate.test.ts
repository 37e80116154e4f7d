/** `frugal calibrate` from words to exit code, on a simulated machine; and one real thread of the load generator. */
import { expect, test } from "vitest";
import { main } from "../src/apps/cli/main.ts";
import { nodeThreads } from "../src/host/node-threads.ts";
import { DESKTOP, PLUG_FILE, simulatedMachine } from "./support/simulated-machine.ts";

const METER = `csv:${PLUG_FILE}#accuracy=1%`;

function desk(hasCounter = true) {
  const machine = simulatedMachine(DESKTOP, { hasCounter });
  const frugal = async (...words: string[]) => {
    const before = machine.world.out().length;
    const code = await machine.during(main(machine.world, words));
    return { code, out: machine.world.out().slice(before), err: machine.world.err() };
  };
  const fits = () => [...machine.world.stored.keys()].filter((path) => path.includes("/calibration/"));
  return { machine, frugal, fits };
}

test("a fit is made, shown, used and removed", async () => {
  const { frugal, fits } = desk();
  const made = await frugal("calibrate", "--meter", METER, "--minutes", "3", "--json");
  expect(made.code).toBe(0);
  const fit = JSON.parse(made.out);
  expect(fit).toMatchObject({ schema: "frugal.calibration/1", kind: "node", predictor: "sensed" });
  expect(fits()).toEqual([expect.stringContaining(fit.id.slice(0, 12))]);

  const shown = await frugal("calibrate", "--show");
  expect(shown.out).toContain("used on this machine");
  expect(shown.out).toContain("whole machine = 4");
  expect(JSON.parse((await frugal("calibrate", "--show", "--json")).out)[0].state).toBe(
    "used on this machine",
  );

  expect((await frugal("calibrate", "--remove", fit.id.slice(0, 8))).code).toBe(0);
  expect(fits()).toEqual([]);
  expect((await frugal("calibrate", "--remove", "all")).code).toBe(1);
  expect((await frugal("calibrate", "--show")).out).toContain("no calibrations");
});

test("recorded without a meter, fitted when its file is there", async () => {
  const { frugal, fits } = desk();
  expect((await frugal("calibrate", "--record", "run.json", "--minutes", "3")).code).toBe(0);
  expect(fits()).toEqual([]);
  const fitted = await frugal("calibrate", "--recorded", "run.json", "--meter", METER);
  expect(fitted.code).toBe(0);
  expect(fitted.out).toContain("error on readings that it had not seen");
  expect(fits()).toHaveLength(1);
});

test("a curve of the bare machine is imported elsewhere; one that does not fit there is kept with a warning", async () => {
  const bare = desk();
  const learnt = await bare.frugal("calibrate", "--from-rapl", "--minutes", "3", "--json");
  const guest = desk(false);
  guest.machine.world.stored.set("/fake/curve.json", new TextEncoder().encode(learnt.out));
  const taken = await guest.frugal("calibrate", "--import", "curve.json");
  expect(taken.code).toBe(0);
  expect(taken.err).not.toContain("warning");
  const { main: other } = {
    main: simulatedMachine(DESKTOP, { hasCounter: false, world: { machine: { cpuModel: "Other" } } }),
  };
  other.world.stored.set("/fake/curve.json", new TextEncoder().encode(learnt.out));
  expect(await other.during(main(other.world, ["calibrate", "--import", "curve.json"]))).toBe(0);
  expect(other.world.err()).toContain("it is not used here");
});

test("work of one's own in place of the load; too little of it is refused with exit 1, and nothing is stored", async () => {
  const { frugal, fits } = desk();
  const refused = await frugal("calibrate", "--meter", METER, "--no-load", "--minutes", "5");
  expect(refused.code).toBe(1);
  expect(refused.err).toContain("the meter moved by 0.");
  expect(fits()).toEqual([]);
});

test.each([
  [["calibrate"], "neither --meter nor FRUGAL_METER"],
  [["calibrate", "--meter", "power.csv"], "csv:FILE or http:URL"],
  [["calibrate", "--meter", "csv:/none.csv"], "no such file"],
  [["calibrate", "--meter", METER, "--minutes", "0.5"], "minutes from 1"],
  [["calibrate", "--meter", METER, "--recorded", "none.json"], "no such file"],
  [["calibrate", "--import", PLUG_FILE], "not JSON"],
])("%j is refused before anything runs", async (words, why) => {
  const { frugal, machine } = desk();
  const { code, err } = await frugal(...words);
  expect(code).toBe(2);
  expect(err).toContain(why);
  expect(machine.world.clock.now()).toBeLessThan(2);
});

test("a signal stops it at once and leaves nothing", async () => {
  const { machine, fits } = desk();
  const code = main(machine.world, ["calibrate", "--meter", METER]);
  await machine.run(15);
  machine.world.raise("SIGINT");
  expect(await machine.during(code)).toBe(130);
  expect(fits()).toEqual([]);
});

test("whichever write fails, the exit code says so and no half fit is left", async () => {
  const { machine } = desk();
  const writeAtomic = () => Promise.reject(Object.assign(new Error("no space"), { code: "ENOSPC" }));
  const world = { ...machine.world, files: { ...machine.world.files, writeAtomic } };
  expect(await machine.during(main(world, ["calibrate", "--meter", METER, "--minutes", "3"]))).toBe(2);
  expect(machine.world.err()).toContain("cannot write");
});

test("a real thread of the generator burns CPU time, and stops", async () => {
  const thread = nodeThreads.start("load-thread", undefined);
  const before = process.cpuUsage().user;
  thread.post({ load: "integer", share: 1 });
  while (process.cpuUsage().user - before < 300_000) {
    expect(thread.failure()).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  thread.post("close");
  while (thread.failure() === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(thread.failure()).toBe("the thread ended with 0");
});
