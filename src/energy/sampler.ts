import { messageOf } from "../core/error.ts";
import type { RunningThread, Threads } from "../core/ports.ts";
import { type Instruments, namesOf, openInstruments } from "./instruments.ts";
import { type Moment, rowBetween, shiftedRow } from "./moment.ts";
import { type NoteList, noteList } from "./note-list.ts";
import type { ThreadNotes, ThreadReport, ThreadRequest } from "./sampling-thread.ts";
import type { SensorOptions, SensorSource, SensorWorld } from "./sensor.ts";

export interface SamplerWorld extends SensorWorld {
  readonly threads: Threads;
}

/** Moments of one set of instruments as one series, whichever thread takes them. */
export interface Sampler extends Pick<Instruments, "sensors" | "unavailable" | "workloads" | "layout"> {
  /** What was taken since the last call, in time order. In this thread that is one moment, taken now. */
  take(): readonly Moment[];
  /** The same, ending in a moment taken now; it is missing when the thread does not answer. Blocks for a moment. */
  takeNow(): readonly Moment[];
  /**
   * Has a thread sample each `periodMs` from now on, if this system and these options allow it; `onFailure` is called if it
   * ends before `close`: the next `take` then goes on without it.
   */
  useThread(periodMs: number, onFailure: () => void): void;
  inThread(): boolean;
  notes(): ThreadNotes;
  close(): void;
}

export interface SamplerOptions extends SensorOptions {
  /** Sources of the caller's own. They cannot be sent to a thread: with them, this one samples. */
  readonly sources?: readonly SensorSource[];
}

/** A thread that is alive answers within microseconds, on a crowded machine within its time slice. */
const WAIT_MS = 100;

type State =
  | { readonly kind: "here" }
  /** The thread is opening its sensors; until it has, this thread goes on. */
  | { readonly kind: "starting"; readonly thread: RunningThread; readonly theirs: Moment[] }
  | { readonly kind: "thread"; readonly thread: RunningThread }
  /** Between a thread that broke and instruments that are being opened again, or closed. */
  | { readonly kind: "nothing" };

/** Opens the instruments and takes the first moment here. Throws what `openInstruments` throws. */
export async function openSampler(
  world: SamplerWorld,
  options: SamplerOptions = {},
): Promise<Sampler & { readonly first: Moment }> {
  const { sources, ...plain } = options;
  let instruments = await openInstruments(world, plain, sources);
  const { sensors, unavailable, workloads, layout } = instruments;
  const first = instruments.read();
  const troubles = noteList();
  let state: State = { kind: "here" };
  let last = first;
  // What must be added to the readings of whoever reads now, so that the series goes on where it was.
  let offset = new Float64Array(layout.length);
  let earlierNotes: readonly ThreadNotes[] = [];
  let theirNotes: ThreadNotes | undefined;
  let theirNames: readonly string[] | undefined;
  let isClosed = false;

  const emit = (moments: readonly Moment[], highest?: Float64Array): Moment[] =>
    moments.flatMap(({ nowS, values }) => {
      if (nowS < last.nowS) return [];
      last = { nowS, values: shiftedRow(values, offset, last.values, highest) };
      return [last];
    });
  const readHere = (): Moment[] => emit([instruments.read()]);

  /** Moves what a thread has reported to `into`, its notes and names aside. @returns why it failed, if it did. */
  const drain = (thread: RunningThread, into: Moment[]): string | undefined => {
    let failed = thread.failure();
    for (const report of thread.take() as readonly ThreadReport[]) {
      if (report.kind === "opened") theirNames = report.names;
      else if (report.kind === "failed") failed = report.why;
      else {
        into.push({ nowS: report.nowS, values: report.values });
        theirNotes = report.notes ?? theirNotes;
      }
    }
    return failed;
  };
  /** Asks for a moment and waits until one from after `sinceS` is there. */
  const ask = (thread: RunningThread, sinceS: number, into: Moment[]): string | undefined => {
    const until = world.clock.now() + WAIT_MS / 1_000;
    thread.post("sample");
    for (;;) {
      const failed = drain(thread, into);
      if (failed !== undefined || (into.at(-1)?.nowS ?? -1) >= sinceS) return failed;
      const left = until - world.clock.now();
      if (left <= 0 || !thread.wait(left * 1_000)) return undefined;
    }
  };

  const takeStarting = (at: Extract<State, { kind: "starting" }>): Moment[] => {
    const failed = drain(at.thread, at.theirs);
    if (failed !== undefined) return stayHere(at, failed);
    if (theirNames === undefined || at.theirs.length === 0) return readHere();
    const isSame = theirNames.join("\n") === namesOf(instruments).join("\n");
    return isSame ? join(at) : stayHere(at, "it opened other sensors");
  };
  const stayHere = ({ thread }: { thread: RunningThread }, why: string): Moment[] => {
    troubles.add(`sampled in the program's own thread, because the sampling thread failed: ${why}`);
    thread.stop();
    state = { kind: "here" };
    return readHere();
  };
  /**
   * From here to the thread: both read at about the same time, which ties their counts together. What the thread took
   * before, while this one was perhaps blocked, falls between the two readings of this one.
   */
  const join = ({ thread, theirs }: { thread: RunningThread; theirs: Moment[] }): Moment[] => {
    const here = instruments.read();
    ask(thread, here.nowS, theirs);
    const after = theirs.findIndex((moment) => moment.nowS >= here.nowS);
    if (after <= 0) return emit([here]);
    const at = rowBetween(theirs[after - 1]!, theirs[after]!, here.nowS);
    const mine = shiftedRow(here.values, offset, last.values);
    offset = mine.map((value, index) => value - at[index]!);
    const earlier = emit(theirs.slice(0, after), mine);
    last = { nowS: here.nowS, values: mine };
    const later = emit(theirs.slice(after));
    earlierNotes = [...earlierNotes, instruments.notes()];
    instruments.close();
    state = { kind: "thread", thread };
    return [...earlier, { nowS: here.nowS, values: mine }, ...later];
  };
  /** From a broken thread back to here. */
  const reopen = (why: string): void => {
    state = { kind: "nothing" };
    if (theirNotes !== undefined) earlierNotes = [...earlierNotes, theirNotes];
    theirNotes = undefined;
    troubles.add(`the sampling thread ended (${why}); the time until sensors were open again is not covered`);
    void openInstruments(world, plain).then(
      (again) => {
        if (isClosed) return again.close();
        instruments = again;
        const now = again.read();
        offset = last.values.map((value, index) => value - now.values[index]!);
        state = { kind: "here" };
      },
      (thrown) => troubles.add(`no sensor could be opened again: ${messageOf(thrown)}`),
    );
  };

  const takeHere = (): Moment[] => {
    if (state.kind === "starting") return takeStarting(state);
    return state.kind === "here" ? readHere() : [];
  };
  const takeFrom = (thread: RunningThread, now: boolean): Moment[] => {
    const moments: Moment[] = [];
    const failed = now ? ask(thread, world.clock.now(), moments) : drain(thread, moments);
    const taken = emit(moments);
    if (failed !== undefined) reopen(failed);
    return taken;
  };

  return {
    sensors,
    unavailable,
    workloads,
    layout,
    first,
    inThread: () => state.kind === "thread",
    take: () => (state.kind === "thread" ? takeFrom(state.thread, false) : takeHere()),
    takeNow: () => (state.kind === "thread" ? takeFrom(state.thread, true) : takeHere()),
    useThread(periodMs, onFailure) {
      if (state.kind !== "here" || sources !== undefined) return;
      try {
        const request: ThreadRequest = { options: plain, periodMs };
        const thread = world.threads.start("sensor-thread", request);
        thread.onFailure(() => !isClosed && onFailure());
        state = { kind: "starting", thread, theirs: [] };
      } catch (thrown) {
        troubles.add(`sampled in the program's own thread: ${messageOf(thrown)}`);
      }
    },
    notes: () => joined([...earlierNotes, theirNotes ?? instruments.notes()], troubles),
    close() {
      isClosed = true;
      if (state.kind === "starting" || state.kind === "thread") state.thread.post("close");
      instruments.close();
      state = { kind: "nothing" };
    },
  };
}

function joined(all: readonly ThreadNotes[], troubles: NoteList): ThreadNotes {
  const sensors = all[0]!.sensors.map((_, index) => [
    ...new Set([...all.flatMap((notes) => notes.sensors[index] ?? []), ...troubles.all()]),
  ]);
  return { sensors, split: [...new Set(all.flatMap((notes) => notes.split))] };
}
