/** What frugal sensord and its clients say: one JSON object per line (docs/sensord.md). What comes in is unknown until it is parsed. */
import type { Component } from "../../core/meter.ts";

export const PROTOCOL = "frugal-sensord";
export const PROTOCOL_VERSION = 1;
/** A reading with all its notes has a few kilobytes. */
export const MOST_SERVER_LINE = 65_536;
export const MOST_CLIENT_LINE = 1_024;
const MOST_SENSORS = 16;
const MOST_TEXT = 500;

export interface Hello {
  readonly type: "hello";
  readonly protocol: typeof PROTOCOL;
  readonly version: number;
  /** Another one after each start of the daemon: its counts begin anew. */
  readonly run: string;
  /** Readings never come faster. */
  readonly min_interval_ms: number;
  readonly sensors: readonly { readonly component: Component; readonly source: string }[];
}

export interface ReadingLine {
  readonly type: "reading";
  /** By sensor, in the order of the hello: joules since the daemon's start, and the seconds that they account for. */
  readonly joules: readonly number[];
  readonly covered_s: readonly number[];
  readonly notes: readonly (readonly string[])[];
}

export interface Subscribe {
  readonly type: "subscribe";
  readonly version: number;
  readonly interval_ms: number;
}

export type ServerLine = Hello | ReadingLine | { readonly type: "error"; readonly message: string };

/** Throws with the reason when the text is no line of this protocol. */
export function parseServerLine(text: string): ServerLine {
  const line = objectOf(text);
  if (line["type"] === "error") return { type: "error", message: shortText(line["message"], "message") };
  if (line["type"] === "reading") {
    return {
      type: "reading",
      joules: listOf(line["joules"], "joules").map((value) => amount(value, "joules")),
      covered_s: listOf(line["covered_s"], "covered_s").map((value) => amount(value, "covered_s")),
      notes: listOf(line["notes"], "notes").map((notes) =>
        (Array.isArray(notes) ? notes : [])
          .slice(0, MOST_SENSORS * 2)
          .map((note) => shortText(note, "a note")),
      ),
    };
  }
  if (line["type"] !== "hello" || line["protocol"] !== PROTOCOL)
    throw new Error("it does not speak frugal-sensord");
  const version = amount(line["version"], "version");
  if (version !== PROTOCOL_VERSION) {
    throw new Error(`it speaks version ${version} of the protocol, this frugal version ${PROTOCOL_VERSION}`);
  }
  const sensors = listOf(line["sensors"], "sensors").map((each) => {
    const { component, source } = (each ?? {}) as { component?: unknown; source?: unknown };
    if (component !== "cpu" && component !== "ram")
      throw new Error("it offers a component that it does not know");
    return { component, source: shortText(source, "source") } as const;
  });
  if (sensors.length === 0) throw new Error("it offers no sensor");
  const least = amount(line["min_interval_ms"], "min_interval_ms");
  return {
    type: "hello",
    protocol: PROTOCOL,
    version,
    run: shortText(line["run"], "run"),
    min_interval_ms: least,
    sensors,
  };
}

/** Throws with the reason when a client asks for anything else. */
export function parseSubscribe(text: string): Subscribe {
  const line = objectOf(text);
  if (line["type"] !== "subscribe") throw new Error("expected subscribe");
  const version = amount(line["version"], "version");
  if (version !== PROTOCOL_VERSION) throw new Error(`this daemon speaks version ${PROTOCOL_VERSION}`);
  return { type: "subscribe", version, interval_ms: amount(line["interval_ms"], "interval_ms") };
}

/** Cuts a stream into lines. Longer ones are told once, and nothing after them. */
export function lineReader(
  most: number,
  onLine: (line: string) => void,
  onTooLong: () => void,
): (text: string) => void {
  let rest = "";
  let isOver = false;
  return (text) => {
    if (isOver) return;
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    isOver = rest.length > most || lines.some((line) => line.length > most);
    if (isOver) return onTooLong();
    for (const line of lines) if (line.trim() !== "") onLine(line);
  };
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error("a line is not JSON");
  }
  if (typeof value !== "object" || value === null) throw new Error("a line is no JSON object");
  return value as Record<string, unknown>;
}

function amount(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw new Error(`${name} is not a number from 0 on`);
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value) && value.length <= MOST_SENSORS) return value;
  throw new Error(`${name} is no list of at most ${MOST_SENSORS}`);
}

function shortText(value: unknown, name: string): string {
  if (typeof value !== "string") throw new Error(`${name} is no text`);
  // It ends on terminals and in receipts: no control characters.
  return value.slice(0, MOST_TEXT).replaceAll(/\p{Cc}/gu, " ");
}
