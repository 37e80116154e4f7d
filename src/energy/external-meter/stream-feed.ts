import { messageOf } from "../../core/error.ts";
import { askMeter } from "./ask-meter.ts";
import { wallTime } from "./csv-row.ts";
import { readingOf } from "./http-feed.ts";
import { at, type JsonReading } from "./json-reading.ts";
import { questionOf } from "./meter-address.ts";
import { type FeedWorld, type MeterFeed, monotonicOf } from "./meter-feed.ts";
import type { MeterPoint } from "./meter-series.ts";
import type { MeterSpec } from "./meter-spec.ts";

const TIMEOUT_MS = 10_000;
/** Readings that may wait for a poll: more means that nobody polls. */
const MOST_WAITING = 10_000;
const MOST_LINE = 100_000;

/**
 * A meter whose answer never ends: one JSON object per line (NDJSON). Waits for the first; throws FrugalError when
 * none comes. A stream that ends or breaks is asked for again at the next poll.
 */
export async function openStreamFeed(world: FeedWorld, spec: MeterSpec): Promise<MeterFeed> {
  const { clock } = world;
  const { options } = spec;
  const question = questionOf(spec.place, world.env);
  let waiting: MeterPoint[] = [];
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let trouble: unknown;

  const pointOf = (line: string): { readonly point: MeterPoint; readonly reading: JsonReading } => {
    const reading = readingOf(line, question.name, spec);
    const given = options.time === undefined ? undefined : at(JSON.parse(line), options.time);
    const wallMs = given === undefined ? undefined : wallTime(String(given), options.utc);
    const atS = wallMs === undefined ? clock.now() : monotonicOf(clock, wallMs) + options.offsetS;
    return { point: { atS: Math.min(atS, clock.now()), value: reading.value }, reading };
  };
  const lines = async function* (from: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    let carry = "";
    for (;;) {
      const { done, value } = await from.read();
      if (done) return;
      const parts = (carry + decoder.decode(value, { stream: true })).split(/\r?\n/);
      carry = parts.pop() ?? "";
      if (carry.length > MOST_LINE) throw new Error("a line of its stream is too long for a meter's");
      for (const part of parts) if (part.trim() !== "") yield part;
    }
  };
  const connect = async (): Promise<JsonReading> => {
    const body = await askMeter(world, { ...question, timeoutMs: TIMEOUT_MS }, (response) => {
      if (response.body === null) throw new Error("its answer has no body");
      return Promise.resolve(response.body);
    });
    const opened = body.getReader();
    reader = opened;
    const all = lines(opened);
    const first = await all.next();
    if (first.done) throw new Error("its stream ended without a line");
    const { point, reading } = pointOf(first.value);
    waiting.push(point);
    trouble = undefined;
    void follow(all, opened);
    return reading;
  };
  const follow = async (all: AsyncGenerator<string>, own: unknown): Promise<void> => {
    try {
      for await (const line of all) {
        waiting.push(pointOf(line).point);
        if (waiting.length > MOST_WAITING) waiting.shift();
      }
      trouble = new Error("its stream ended");
    } catch (thrown) {
      trouble = thrown;
    }
    if (reader === own) reader = undefined;
  };

  const first = await connect();
  return {
    name: `by HTTP stream, ${first.from}`,
    quantity: first.quantity,
    periodS: options.everyS,
    stepJ: first.stepJ,
    async poll() {
      const points = waiting;
      waiting = [];
      if (points.length > 0) return points;
      if (trouble !== undefined) {
        const why = messageOf(trouble);
        trouble = undefined;
        connect().catch((thrown: unknown) => {
          trouble = thrown;
        });
        throw new Error(why);
      }
      return points;
    },
    notes: () => [
      options.time === undefined
        ? "readings are stamped by this machine's clock when they come"
        : "readings carry the meter's own time",
    ],
    close: () => void reader?.cancel().catch(() => {}),
  };
}
