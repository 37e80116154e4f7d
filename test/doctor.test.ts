/** `frugal doctor` on machines that differ: what it tells was tried, and whatever fails it still tells the rest. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../src/apps/cli/main.ts";
import type { World } from "../src/core/ports.ts";
import { COMMAND } from "./support/cli.ts";
import { MEASURED_MACHINE, MODELLED_MACHINE } from "./support/fake-machine.ts";
import { type FakeOptions, type FakeWorld, fakeWorld, SystemError } from "./support/fake-world.ts";
import { probeHere, probeWithoutEngines } from "./support/probe-here.ts";

const HOME = "/home/frugal";
const COUNTER = "/sys/class/powercap/intel-rapl:0/energy_uj";
const { "/sys/class/drm/card0/device/vendor": _, ...NO_GPU } = MEASURED_MACHINE;

interface Setup {
  readonly fake?: FakeOptions;
  /** Files that are there and that this user may not read. */
  readonly denied?: (path: string) => boolean;
  /** Counters stand still between the two samples. */
  readonly frozen?: boolean;
  /** What the child is to be, when it is not to do the work itself. Engines are tried by the built command alone. */
  readonly fork?: (world: World) => ReturnType<typeof probeHere>;
}

interface Examined {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly fake: FakeWorld;
}

async function doctor(args: readonly string[], setup: Setup = {}): Promise<Examined> {
  const fake = fakeWorld({ env: { FRUGAL_HOME: HOME }, ...setup.fake });
  const refuse = (path: string): void => {
    if (setup.denied?.(path)) throw new SystemError("EACCES", path);
  };
  const world: World = {
    ...fake,
    files: {
      ...fake.files,
      readTextSync: (path) => {
        refuse(path);
        return fake.files.readTextSync(path);
      },
      list: async (path) => {
        refuse(path);
        return await fake.files.list(path);
      },
      readText: async (path) => {
        refuse(path);
        return await fake.files.readText(path);
      },
      writeAtomic: async (path, content) => {
        refuse(path);
        await fake.files.writeAtomic(path, content);
      },
    },
    clock: {
      ...fake.clock,
      // The limit of a probe never passes here; the pause between two samples does, and counters go on.
      sleep: async (ms, signal) => {
        if (signal !== undefined) return await new Promise(() => {});
        fake.clock.advance(ms / 1_000);
        for (const path of fake.stored.keys())
          if (path.endsWith("/energy_uj") && !setup.frozen)
            fake.stored.set(path, new TextEncoder().encode("29000000\n"));
      },
    },
    processes: {
      ...fake.processes,
      fork: () => {
        if (setup.fork !== undefined) return setup.fork(world);
        return probeHere(world);
      },
    },
  };
  const code = await main(world, ["doctor", ...args]);
  return { code, out: fake.out(), err: fake.err(), fake };
}

test("a counter that can be read is measured: exit 0, with its power, and no remedy for it", async () => {
  const { code, out } = await doctor([], {
    fake: { files: NO_GPU, env: { FRUGAL_HOME: HOME } },
    fork: probeWithoutEngines,
  });
  expect(out.split("\n")[0]).toBe("CPU: measured (± 5 %)");
  // 24 J in 1.2 s, as the counter moved from 5 to 29 J.
  expect(out).toContain("powercap: package-0 (measured, ± 5 %, 20");
  expect(out).toContain("RAM: measured (± 5 %)");
  expect(code).toBe(0);
});

test("a counter that only root reads: exit 1, what it costs, and the remedy by --fix", async () => {
  const setup = {
    fake: { files: NO_GPU, env: { FRUGAL_HOME: HOME } },
    denied: (path: string) => path === COUNTER,
  };
  const { code, out } = await doctor([], { ...setup, fork: probeWithoutEngines });
  expect(out.split("\n")[0]).toBe("CPU: modelled (factor 3) — what makes it measured: frugal doctor --fix");
  expect(out).toContain("Until then: CPU modelled: factor 3 instead of ± 5 %.");
  // The memory's counter of this machine is readable and counts: that is something measured.
  expect(code).toBe(0);
  const fix = await doctor(["--fix"], { ...setup, fork: probeWithoutEngines });
  expect(fix.out).toContain("/etc/udev/rules.d/70-frugal-powercap.rules");
  expect(fix.out).toContain("# To undo it:");
});

test("models only: exit 1", async () => {
  const { code, out } = await doctor([], {
    fake: { files: MODELLED_MACHINE, env: { FRUGAL_HOME: HOME } },
    fork: probeWithoutEngines,
  });
  expect(out).toMatch(/^CPU: modelled \(factor 3\)/);
  expect(code).toBe(1);
});

test("a counter that stands still is not called measured", async () => {
  const files = Object.fromEntries(Object.entries(NO_GPU).filter(([path]) => !path.includes("rapl:0:0")));
  const { code, out } = await doctor([], {
    fake: { files, env: { FRUGAL_HOME: HOME } },
    frozen: true,
    fork: probeWithoutEngines,
  });
  expect(out).toContain("the counter stands still");
  expect(out).not.toContain("CPU: measured");
  expect(code).toBe(1);
});

test("a GPU that cannot be read is missing from every figure, and said to be", async () => {
  const { out } = await doctor([], {
    fake: {
      files: { ...NO_GPU, "/proc/driver/nvidia/version": "NVRM 550\n" },
      env: { FRUGAL_HOME: HOME },
    },
    fork: probeWithoutEngines,
  });
  expect(out).toContain("GPU: not counted");
  expect(out).toContain("GPU not counted: its energy is missing from every figure");
});

test("a machine without /proc and /sys, with a home that is locked, still gets its answer", async () => {
  const { code, out, err } = await doctor([], {
    fake: { files: { [`${HOME}/models/x/y`]: "z" }, env: { FRUGAL_HOME: HOME }, machine: { os: "darwin" } },
    denied: (path) => path.startsWith(HOME),
    fork: probeWithoutEngines,
  });
  expect(err).toBe("");
  expect(out).toContain("no  home: /home/frugal\n      it cannot be written: EACCES");
  expect(out).toContain("no  ledger:");
  expect(out).toContain("no  models:");
  expect(code).toBe(1);
});

test("a probe that cannot start, that dies or that is not understood: exit 2, and the rest is told", async () => {
  const dying: Setup["fork"] = (world) => {
    const child = probeHere(world);
    return { ...child, send: () => child.kill("SIGSEGV"), errorTail: () => "libnvidia: fault" };
  };
  const throwing: Setup["fork"] = () => {
    throw new SystemError("EAGAIN", "fork");
  };
  for (const [fork, said] of [
    [dying, "the probe ended by SIGSEGV: libnvidia: fault"],
    [throwing, "the probe could not be started: EAGAIN"],
  ] as const) {
    const { code, out, err } = await doctor([], { fork });
    expect(out.replaceAll(/\s+/g, " ")).toContain(said);
    expect(out).toContain("yes home: /home/frugal");
    expect([code, err]).toEqual([2, ""]);
  }
});

test("a setting that no run would accept is told with its remedy: exit 2", async () => {
  const { code, out } = await doctor([], {
    fake: { files: MODELLED_MACHINE, env: { FRUGAL_HOME: HOME, FRUGAL_CPU_WATTS: "many" } },
    fork: probeWithoutEngines,
  });
  expect(out).toContain("FRUGAL_CPU_WATTS=many: it is not a positive number");
  expect(code).toBe(2);
});

test("whichever file call fails, it ends with an answer that never shows more than 80 columns", async () => {
  for (const code of ["ENOENT", "EACCES", "ENOSPC"]) {
    for (let call = 1; ; call++) {
      const {
        code: exit,
        out,
        err,
        fake,
      } = await doctor([], {
        fake: { files: NO_GPU, env: { FRUGAL_HOME: HOME }, failAt: { call, code } },
        fork: probeWithoutEngines,
      });
      const how = `${code} at call ${call}\n${out}\n${err}`;
      expect([0, 1], how).toContain(exit);
      expect(err, how).toBe("");
      expect(Math.max(...out.split("\n").map((line) => line.length)), how).toBeLessThanOrEqual(80);
      if (fake.fileCalls() < call) break;
    }
  }
});

test("--json holds the same as the text, the remedies too", async () => {
  const { out } = await doctor(["--json"], {
    fake: { files: MODELLED_MACHINE, env: { FRUGAL_HOME: HOME, FRUGAL_ZONE: "FR" } },
    fork: probeWithoutEngines,
  });
  const report = JSON.parse(out);
  expect(report.verdicts[0]).toEqual({ component: "cpu", state: "modelled", error: "factor 3" });
  expect(report.carbon).toMatchObject({ place: "FR", from: "environment" });
  expect(report.fixes.some((fix: { title: string }) => fix.title.includes("own watts"))).toBe(true);
});

test("the built command tries sensors and engines in children of its own", () => {
  const home = mkdtempSync(join(tmpdir(), "frugal-doctor-"));
  try {
    const ran = spawnSync(process.execPath, [COMMAND, "doctor", "--json"], {
      encoding: "utf8",
      env: { ...process.env, FRUGAL_HOME: home },
    });
    const report = JSON.parse(ran.stdout);
    expect([0, 1]).toContain(ran.status);
    expect(report.sensors.some((check: { state: string }) => check.state !== "unusable")).toBe(true);
    for (const engine of report.engines) expect(engine.version ?? engine.remedy).toBeTypeOf("string");
  } finally {
    rmSync(home, { recursive: true });
  }
});
