/** A machine whose power is known, with the loads of the calibration's generator, a package counter and a plug that logs. */
import type { RunningThread, Threads } from "../../src/core/ports.ts";
import type { Random } from "../../src/core/random.ts";
import type { LoadOrder } from "../../src/energy/calibration/load-thread.ts";
import { type FakeOptions, type FakeWorld, fakeWorld } from "./fake-world.ts";
import { settle } from "./settle.ts";

export interface MachineFacts {
  readonly threads: number;
  /** Of the package, idle and per busy thread of each kind of load. */
  readonly idleW: number;
  readonly busyW: Readonly<Record<"integer" | "float" | "memory", number>>;
  /** Wall = board + package × supply, and what memory draws that no counter sees. */
  readonly boardW: number;
  readonly supply: number;
  readonly unseenMemoryW: number;
}

/** An ordinary desktop: 8 threads, 12 to about 100 W of package. */
export const DESKTOP: MachineFacts = {
  threads: 8,
  idleW: 12,
  busyW: { integer: 10, float: 11.5, memory: 9 },
  boardW: 45,
  supply: 1.12,
  unseenMemoryW: 0.6,
};

export interface SimulatedMachine {
  readonly world: FakeWorld;
  /** Work that is not the generator's: busy threads of one kind. */
  work(load: keyof MachineFacts["busyW"], busyThreads: number): void;
  run(seconds: number): Promise<void>;
  /** Runs until `promise` is settled. */
  during<T>(promise: Promise<T>): Promise<T>;
  wallJ(): number;
  packageJ(): number;
}

const ZONE = "/sys/class/powercap/intel-rapl:0";
const RANGE_UJ = 262_143_328_850;
const STEP_S = 0.25;
export const PLUG_FILE = "/power.csv";

export function simulatedMachine(
  facts: MachineFacts,
  options: {
    readonly hasCounter: boolean;
    /** Factor and noise (standard deviation) of the plug, and seconds by which its clock is behind. */
    readonly plug?: { readonly gain: number; readonly noise: number; readonly lateS?: number };
    readonly random?: Random;
    readonly world?: FakeOptions;
  },
): SimulatedMachine {
  const { gain, noise, lateS = 0 } = options.plug ?? { gain: 1, noise: 0 };
  const orders: LoadOrder[] = [];
  const own = { integer: 0, float: 0, memory: 0 };
  let [wallJ, packageJ, busyS, shownJ] = [0, 0, 0, 0];
  const world = fakeWorld({
    ...options.world,
    machine: {
      hostname: "desk",
      cpuModel: "Simulated CPU",
      cpuThreads: facts.threads,
      ...options.world?.machine,
    },
    files: { [PLUG_FILE]: "time,power_w\n", ...options.world?.files },
  });
  const put = (path: string, text: string): void =>
    void world.stored.set(path, new TextEncoder().encode(text));
  const show = (): void => {
    const cpus = Array.from({ length: facts.threads }, (_, at) => `cpu${at} 0 0 0 0\n`).join("");
    put("/proc/stat", `cpu  ${Math.round(busyS * 100)} 0 0 99 0 0 0 0 0 0\n${cpus}`);
    if (options.hasCounter) put(`${ZONE}/energy_uj`, `${Math.round(packageJ * 1e6) % RANGE_UJ}\n`);
  };
  if (options.hasCounter) {
    put(`${ZONE}/name`, "package-0\n");
    put(`${ZONE}/max_energy_range_uj`, `${RANGE_UJ}\n`);
  }
  show();
  const busyBy = (load: keyof typeof own): number => {
    const generated = orders.reduce(
      (sum, order) => sum + (order !== "close" && order.load === load ? order.share : 0),
      0,
    );
    return generated + own[load];
  };
  const advance = (seconds: number): void => {
    const busy = { integer: busyBy("integer"), float: busyBy("float"), memory: busyBy("memory") };
    const total = Math.min(facts.threads, busy.integer + busy.float + busy.memory);
    const packageW =
      facts.idleW +
      busy.integer * facts.busyW.integer +
      busy.float * facts.busyW.float +
      busy.memory * facts.busyW.memory;
    packageJ += packageW * seconds;
    wallJ += (facts.boardW + packageW * facts.supply + busy.memory * facts.unseenMemoryW) * seconds;
    busyS += total * seconds;
    show();
    const isReading = Math.floor(world.clock.now() + seconds + 1e-9) > Math.floor(world.clock.now() + 1e-9);
    if (isReading) {
      const spread =
        options.random === undefined ? 0 : noise * (2 * options.random.next() - 1) * Math.sqrt(3);
      const stamp = new Date(Date.parse(world.clock.stamp()) + 1_000 * (seconds - lateS)).toISOString();
      const before = new TextDecoder().decode(world.stored.get(PLUG_FILE));
      put(PLUG_FILE, `${before}${stamp},${((wallJ - shownJ) * gain * (1 + spread)).toFixed(1)}\n`);
      shownJ = wallJ;
    }
    world.clock.advance(seconds);
  };
  const threads: Threads = {
    start(entry) {
      if (entry !== "load-thread") throw new Error("only loads are simulated");
      const index = orders.push({ load: "idle", share: 0 }) - 1;
      const thread: RunningThread = {
        post: (message) => {
          orders[index] = message as LoadOrder;
        },
        take: () => [],
        wait: () => false,
        failure: () => undefined,
        onFailure() {},
        stop: () => {
          orders[index] = "close";
        },
      };
      return thread;
    },
  };
  return {
    world: { ...world, threads },
    work(load, busyThreads) {
      own[load] = busyThreads;
    },
    async run(seconds) {
      for (let left = seconds; left > 1e-9; left -= STEP_S) {
        advance(Math.min(STEP_S, left));
        await settle(1);
      }
    },
    async during(promise) {
      let isSettled = false;
      promise.then(
        () => {
          isSettled = true;
        },
        () => {
          isSettled = true;
        },
      );
      await settle();
      while (!isSettled) {
        advance(STEP_S);
        await settle(1);
      }
      return await promise;
    },
    wallJ: () => wallJ,
    packageJ: () => packageJ,
  };
}
