/** Measures the whole machine interval by interval until it is stopped; a receipt stays. */
import { FrugalError } from "../../core/error.ts";
import type { World } from "../../core/ports.ts";
import { sealReceipt } from "../../receipt/seal.ts";
import { type PowerSample, powerSample } from "../../report/power-sample.ts";
import { openRecord, type Recorded, type RecordFacts } from "../recorded.ts";
import { snapshotFolder, snapshotKeeper } from "./snapshot.ts";

export interface MonitorOptions extends Omit<RecordFacts, "kind" | "subject" | "warn"> {
  /** What the receipt calls the machine. */
  readonly name: string;
  readonly intervalS: number;
  /** Until the signal unless told. */
  readonly durationS?: number;
  /** Aborting it is the normal end. */
  readonly signal: AbortSignal;
  readonly warn: (what: string, remedy: string) => void;
  /** What it rejects with ends the monitor; the receipt is stored all the same. */
  readonly onSample: (sample: PowerSample) => void | Promise<void>;
}

/** Counters that go round do so within minutes: they are also read between the ends of long intervals. */
const LONGEST_PERIOD_MS = 10_000;

export async function monitorMachine(world: World, options: MonitorOptions): Promise<Recorded<void>> {
  const { name, intervalS, durationS = Number.POSITIVE_INFINITY, signal, warn, onSample, ...facts } = options;
  const { clock } = world;
  const record = await openRecord(
    world,
    { ...facts, warn, kind: "monitor", subject: { type: "machine", id: name } },
    // This thread has nothing else to do than to sample.
    { name: "machine", periodMs: LONGEST_PERIOD_MS, sampling: "here", modelled: "machine", workloads: [] },
  );
  const { meter } = record;
  const snapshots = snapshotKeeper(world, intervalS, (why) =>
    warn(
      `the state so far cannot be kept in ${snapshotFolder(world)}: ${why}`,
      "free some space, or let this user write there; measuring goes on, but a kill would lose it",
    ),
  );
  const finish = async (outcome: Recorded<void>["receipt"]["outcome"]): Promise<Recorded<void>> => {
    const { whole } = await meter.close();
    const body = record.body({ energy: whole, outcome, carbon: await record.carbon.over(whole) });
    await snapshots.end(body);
    const receipt = sealReceipt(body);
    const stored = await record.store(receipt);
    if (stored.state === "stored") await snapshots.remove();
    // The spans are its intervals: nothing that a reader of the receipt asks for.
    return { value: undefined, receipt, spans: [], stored };
  };

  // A live source is asked once, for the whole: at the end.
  const yearly = await record.carbon.over(meter.soFar(), { live: false });
  const startS = clock.now();
  const endS = startS + durationS;
  try {
    let interval = meter.start("interval");
    while (!signal.aborted && clock.now() < endS) {
      const nextS = startS + intervalS * (Math.floor((clock.now() - startS) / intervalS + EARLY) + 1);
      await clock.sleep(Math.max(0, (Math.min(nextS, endS) - clock.now()) * 1_000), signal).catch(() => {});
      if (signal.aborted) break;
      const window = interval.endNow();
      interval = meter.start("interval");
      const body = record.body({ energy: meter.soFar(), outcome: { status: "interrupted" }, carbon: yearly });
      snapshots.keep(body);
      // A reader that has stopped reading must not stop the end.
      await orAborted(signal, onSample(powerSample(window, body, clock.stamp())));
    }
  } catch (thrown) {
    const code = thrown instanceof FrugalError ? { error_code: thrown.code } : {};
    await finish({ status: "failed", ...code });
    throw thrown;
  }
  return await finish({ status: "ok" });
}

/** Timers may fire a little early: such an interval is over all the same. Part of an interval. */
const EARLY = 0.05;

/** Not a race against one long promise, which would remember every interval of months. */
function orAborted(signal: AbortSignal, work: void | Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve();
    signal.addEventListener("abort", stop, { once: true });
    Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", stop));
  });
}
