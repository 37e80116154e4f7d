/** The client's side: one connection for all sensors of a daemon, opened again when it breaks, distrusted throughout. */
import { messageOf } from "../../core/error.ts";
import type { Clock, Connection, Sockets } from "../../core/ports.ts";
import { type NoteList, noteList } from "../note-list.ts";
import {
  type Hello,
  lineReader,
  MOST_SERVER_LINE,
  PROTOCOL_VERSION,
  parseServerLine,
  type ReadingLine,
  type Subscribe,
} from "./protocol.ts";

export interface SessionWorld {
  readonly clock: Clock;
  readonly sockets: Pick<Sockets, "connect">;
}

/** Of one sensor since the session was opened; never goes back. */
export interface Counted {
  joules: number;
  coveredS: number;
}

export interface Session {
  readonly hello: Hello;
  /** By sensor, as in the hello. */
  readonly counted: readonly Counted[];
  /** Losses seen here, and those that the daemon told of this sensor. */
  notes(sensor: number): readonly string[];
  /** Notes when nothing has come for too long. */
  checkSilence(nowS: number): void;
  close(): void;
}

/** What a client asks for; the daemon may allow less. */
export const ASKED_MS = 1_000;
const RETRY_MS = 1_000;
/** A daemon that is there answers within milliseconds; a crowded machine may take its time. */
const OPENING_MS = 3_000;
/** Above any single machine: what tells of more is no counter. */
const MOST_WATTS = 50_000;
/** How much older than its opening a first reading may be, and how late a line may come. */
const SLACK_S = 30;

/** Rejects with the reason when nobody answers, or answers wrongly. */
export async function openSession(world: SessionWorld, path: string): Promise<Session> {
  const { clock } = world;
  const openedS = clock.now();
  const losses = noteList();
  let hello: Hello | undefined;
  let counted: Counted[] = [];
  let told: readonly (readonly string[])[] = [];
  let last: { readonly run: string; readonly line: ReadingLine } | undefined;
  let heardS = openedS;
  let connection: Connection | undefined;
  let stopRetry = (): void => {};
  let state: "open" | "refused" | "closed" = "open";
  let onFirst: (failed?: string) => void = () => {};

  const refuse = (why: string): void => {
    if (state !== "open") return;
    state = "refused";
    losses.add(`sensord at ${path} is not believed any more: ${why}`);
    stopRetry();
    connection?.close();
    onFirst(why);
  };
  const onReading = (run: string, line: ReadingLine, sensors: number): void => {
    if (line.joules.length !== sensors || line.covered_s.length !== sensors || line.notes.length !== sensors)
      throw new Error("a reading has another number of sensors than it said");
    heardS = clock.now();
    told = line.notes;
    const before = last;
    last = { run, line };
    if (before === undefined || before.run !== run) {
      if (before !== undefined) losses.add("sensord was started again: what was used in between is lost");
      return;
    }
    counted.forEach((own, at) => {
      const joules = line.joules[at]! - before.line.joules[at]!;
      const seconds = line.covered_s[at]! - before.line.covered_s[at]!;
      if (joules < 0 || seconds < 0) throw new Error("its counts went back");
      const mostS = clock.now() - openedS + SLACK_S;
      if (own.coveredS + seconds > mostS) throw new Error("it tells of more time than has passed");
      if (own.joules + joules > MOST_WATTS * mostS)
        throw new Error("it tells of more energy than any machine uses");
      own.joules += joules;
      own.coveredS += seconds;
    });
  };
  const connect = async (): Promise<void> => {
    const opened = await world.sockets.connect(path);
    if (state !== "open") return opened.close();
    connection = opened;
    let theirs: Hello | undefined;
    const onLine = (text: string): void => {
      // What was sent before the connection was given up.
      if (connection !== opened || state !== "open") return;
      try {
        const line = parseServerLine(text);
        if (line.type === "error") throw new Error(`it answered: ${line.message}`);
        if (line.type === "hello") {
          theirs = line;
          hello ??= line;
          if (counted.length === 0) counted = line.sensors.map(() => ({ joules: 0, coveredS: 0 }));
          if (JSON.stringify(line.sensors) !== JSON.stringify(hello.sensors))
            throw new Error("it offers other sensors than before");
          const ask: Subscribe = { type: "subscribe", version: PROTOCOL_VERSION, interval_ms: ASKED_MS };
          opened.send(`${JSON.stringify(ask)}\n`);
          return;
        }
        if (theirs === undefined) throw new Error("it told a reading before its hello");
        onReading(theirs.run, line, theirs.sensors.length);
        onFirst();
      } catch (thrown) {
        refuse(messageOf(thrown));
      }
    };
    opened.onClose(() => {
      if (connection !== opened || state !== "open") return;
      connection = undefined;
      losses.add("the connection to sensord broke");
      onFirst("it ended the connection before any reading");
      retry();
    });
    opened.onText(lineReader(MOST_SERVER_LINE, onLine, () => refuse("it sent a line that is too long")));
  };
  const retry = (): void => {
    let isTrying = false;
    stopRetry();
    stopRetry = clock.every(RETRY_MS, () => {
      if (isTrying) return;
      isTrying = true;
      connect().then(stopRetry, () => {
        isTrying = false;
      });
    });
  };
  const close = (): void => {
    if (state === "closed") return;
    state = "closed";
    stopRetry();
    connection?.close();
  };

  await firstReading();
  return {
    hello: hello!,
    get counted() {
      return counted;
    },
    notes: (sensor) => [...losses.all(), ...(told[sensor] ?? []).map((note) => `sensord: ${note}`)],
    checkSilence: silenceCheck(losses, () => heardS, Math.max(ASKED_MS, hello!.min_interval_ms) / 1_000),
    close,
  };

  async function firstReading(): Promise<void> {
    const timer = new AbortController();
    try {
      await new Promise<void>((resolve, reject) => {
        onFirst = (failed) => (failed === undefined ? resolve() : reject(new Error(failed)));
        connect().catch(reject);
        clock.sleep(OPENING_MS, timer.signal).then(
          () => reject(new Error(`it gave no reading within ${OPENING_MS / 1_000} s`)),
          () => {},
        );
      });
    } catch (thrown) {
      close();
      throw thrown;
    } finally {
      onFirst = () => {};
      timer.abort();
    }
  }
}

/** Once per silence: three readings that did not come. */
function silenceCheck(losses: NoteList, heardS: () => number, periodS: number): (nowS: number) => void {
  let notedS = Number.NaN;
  return (nowS) => {
    const since = heardS();
    if (nowS - since < 3 * periodS || since === notedS) return;
    notedS = since;
    losses.add("no reading came from sensord for a time, which is not covered until one comes");
  };
}
