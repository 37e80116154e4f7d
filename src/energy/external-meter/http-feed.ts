import { FrugalError, messageOf } from "../../core/error.ts";
import { askMeter } from "./ask-meter.ts";
import { type JsonReading, jsonReading } from "./json-reading.ts";
import { questionOf } from "./meter-address.ts";
import type { FeedWorld, MeterFeed } from "./meter-feed.ts";
import type { MeterPoint } from "./meter-series.ts";
import type { MeterSpec } from "./meter-spec.ts";

/** A plug on a bad radio link takes a second; one that takes longer is away. Our choice. */
const TIMEOUT_MS = 3_000;
/** A whole house of meters answers in a tenth of it. */
const MOST_CHARACTERS = 1_000_000;
/** The header `Date` has whole seconds. */
const DATE_STEP_MS = 1_000;
const CLOCK_DOUBT_S = 2;

/** A meter that answers a request with JSON. Asks once; throws FrugalError when that fails. */
export async function openHttpFeed(world: FeedWorld, spec: MeterSpec): Promise<MeterFeed> {
  const { clock } = world;
  const stop = new AbortController();
  const { init, ...address } = questionOf(spec.place, world.env);
  const question = { ...address, timeoutMs: TIMEOUT_MS, init: { ...init, signal: stop.signal } };
  let slowestS = 0;
  let clockAheadS: number | undefined;

  const ask = async (): Promise<{ readonly point: MeterPoint; readonly reading: JsonReading }> => {
    const askedS = clock.now();
    const answer = await askMeter(world, question, async (response) => ({
      text: await response.text(),
      date: response.headers.get("date"),
    }));
    const answeredS = clock.now();
    slowestS = Math.max(slowestS, answeredS - askedS);
    // The reading was taken somewhere between question and answer.
    const atS = (askedS + answeredS) / 2;
    const meterMs = Date.parse(answer.date ?? "");
    if (!Number.isNaN(meterMs))
      clockAheadS = (meterMs + DATE_STEP_MS / 2 - Date.parse(clock.stamp())) / 1_000;
    const reading = readingOf(answer.text, question.name, spec);
    return { point: { atS, value: reading.value }, reading };
  };
  const first = await ask();
  let waiting: readonly MeterPoint[] = [first.point];
  return {
    name: `by HTTP, ${first.reading.from}`,
    quantity: first.reading.quantity,
    periodS: spec.options.everyS,
    stepJ: first.reading.stepJ,
    async poll() {
      const points = waiting;
      waiting = [];
      if (points.length > 0) return points;
      const { point, reading } = await ask();
      if (reading.from !== first.reading.from)
        throw new Error(`it tells ${reading.from} now, no longer ${first.reading.from}`);
      return [point];
    },
    notes: () => [
      `readings are stamped by this machine's clock, at most ${(slowestS / 2).toFixed(1)} s off`,
      ...(clockAheadS !== undefined && Math.abs(clockAheadS) > CLOCK_DOUBT_S
        ? [`the meter's own clock differs by ${clockAheadS.toFixed(0)} s and is not used`]
        : []),
    ],
    // A program that ends must not wait for a plug that hangs.
    close: () => stop.abort(),
  };
}

/** Throws FrugalError "bad-data" when no reading is in it. */
export function readingOf(text: string, name: string, spec: MeterSpec): JsonReading {
  try {
    if (text.length > MOST_CHARACTERS) throw new Error("its answer is too long for a meter's");
    return jsonReading(JSON.parse(text), spec.options);
  } catch (thrown) {
    const isJson = !(thrown instanceof SyntaxError);
    throw new FrugalError({
      code: "bad-data",
      what: `the meter ${name}`,
      why: isJson ? messageOf(thrown) : "its answer is not JSON",
      remedy: "name the field: http://…#power=PATH&unit=W; docs/measuring.md lists the meters that are known",
      cause: thrown,
    });
  }
}
