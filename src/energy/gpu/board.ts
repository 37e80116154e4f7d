import { messageOf } from "../../core/error.ts";
import type { Component } from "../../core/meter.ts";
import type { Clock } from "../../core/ports.ts";
import { noteList } from "../note-list.ts";
import type { ComponentUse, Sample, Sensor } from "../sensor.ts";

/** What a sensor of one board must be told, however it is read. */
export interface BoardFacts extends Pick<Sensor, "source" | "remedy"> {
  /** `gpu` unless told. */
  readonly component?: Component;
  /** What the reader must know from the start. */
  readonly doubts: readonly string[];
  readonly use?: (nowS: number) => ComponentUse | undefined;
  readonly close?: () => void;
}

/** Thrown by a read when the board is gone for good: it is not read again. */
export class BoardLost extends Error {}

/** The first reading of a board. */
export interface FirstRead {
  readonly value: number;
  readonly atS: number;
  /** Seconds that it took. */
  readonly costS: number;
}

export function timedRead(clock: Clock, read: () => number): FirstRead {
  const beforeS = clock.now();
  const value = read();
  const atS = clock.now();
  return { value, atS, costS: atS - beforeS };
}

/** Takes one reading at `nowS` and accounts for the time since the last; throws when the board cannot be read. */
export interface BoardReader extends Pick<Sensor, "interval"> {
  readonly method: "counter" | "integrated";
  take(nowS: number): void;
  readonly sample: () => Sample;
  readonly notes: () => readonly string[];
}

/** Reading may take this part of one thread, and no reading is renewed often enough to be worth more than the least. */
const MOST_OVERHEAD = 0.01;
const LEAST_POLL_MS = 10;
const MOST_POLL_MS = 100;

/** A sensor that polls `reader` by itself, as often as `costS` of one reading allows, and at each sample. */
export function boardSensor(
  facts: BoardFacts,
  reader: BoardReader,
  polling: { readonly clock: Clock } & Pick<FirstRead, "atS" | "costS">,
): Sensor {
  const failures = noteList();
  let lastS = polling.atS;
  let isRead = true;
  let isClosed = false;
  const take = (nowS: number): void => {
    if (!isRead || nowS <= lastS) return;
    try {
      reader.take(nowS);
      lastS = nowS;
    } catch (thrown) {
      failures.add(`a reading failed: ${messageOf(thrown)}`);
      if (thrown instanceof BoardLost) stop();
    }
  };
  const pollMs = Math.min(MOST_POLL_MS, Math.max(LEAST_POLL_MS, (1_000 * polling.costS) / MOST_OVERHEAD));
  const stopPolling = polling.clock.every(pollMs, () => take(polling.clock.now()));
  const stop = (): void => {
    isRead = false;
    stopPolling();
  };
  return {
    component: facts.component ?? "gpu",
    boundary: "machine",
    method: reader.method,
    source: facts.source,
    remedy: facts.remedy,
    interval: reader.interval,
    sample(nowS) {
      take(nowS);
      return reader.sample();
    },
    notes: () => [...facts.doubts, ...reader.notes(), ...failures.all()],
    ...(facts.use && { use: facts.use }),
    close() {
      stop();
      if (!isClosed) facts.close?.();
      isClosed = true;
    },
  };
}
