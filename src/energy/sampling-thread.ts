/** The side of the thread that samples while the program's own thread may be busy. */
import { messageOf } from "../core/error.ts";
import type { ThreadSide } from "../core/ports.ts";
import { type Instruments, namesOf, openInstruments } from "./instruments.ts";
import type { SensorOptions, SensorWorld } from "./sensor.ts";

/** What the thread is started with. Afterwards it takes the words "sample" and "close". */
export interface ThreadRequest {
  readonly options: SensorOptions;
  readonly periodMs: number;
}

export type ThreadNotes = ReturnType<Instruments["notes"]>;

export type ThreadReport =
  | { readonly kind: "opened"; readonly names: readonly string[] }
  | {
      readonly kind: "moment";
      readonly nowS: number;
      readonly values: Float64Array;
      /** Only when they changed. */
      readonly notes?: ThreadNotes;
    }
  | { readonly kind: "failed"; readonly why: string };

export async function sampleInThread(world: SensorWorld, side: ThreadSide): Promise<void> {
  const { options, periodMs } = side.data as ThreadRequest;
  const post = (report: ThreadReport): void => side.post(report);
  let instruments: Instruments | undefined;
  let stop = (): void => {};
  let isClosed = false;
  let toldNotes = "";
  const send = (): void => {
    if (instruments === undefined) return;
    const { nowS, values } = instruments.read();
    const notes = instruments.notes();
    const text = JSON.stringify(notes);
    post({ kind: "moment", nowS, values, ...(text !== toldNotes && { notes }) });
    toldNotes = text;
  };
  const close = (): void => {
    isClosed = true;
    stop();
    instruments?.close();
    instruments = undefined;
    side.close();
  };
  side.onMessage((word) => (word === "close" ? close() : send()));
  try {
    const opened = await openInstruments(world, options);
    if (isClosed) return opened.close();
    instruments = opened;
    post({ kind: "opened", names: namesOf(opened) });
    send();
    if (opened.needEventLoop) stop = world.clock.every(periodMs, send);
    else side.occupy(periodMs, send);
  } catch (thrown) {
    post({ kind: "failed", why: messageOf(thrown) });
    close();
  }
}
