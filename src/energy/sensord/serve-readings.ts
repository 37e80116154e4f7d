/** The daemon's side: one loop samples for all clients, as fast as the fastest of them asks and never faster than allowed. */
import { messageOf } from "../../core/error.ts";
import type { Clock, Connection } from "../../core/ports.ts";
import { type Random, randomHex } from "../../core/random.ts";
import type { Sensor } from "../sensor.ts";
import {
  type Hello,
  lineReader,
  MOST_CLIENT_LINE,
  PROTOCOL,
  PROTOCOL_VERSION,
  parseSubscribe,
  type ReadingLine,
  type ServerLine,
} from "./protocol.ts";

export interface ServeOptions {
  /** See docs/sensord.md for why not less than a second unless somebody decides so. */
  readonly minIntervalMs: number;
}

/** Without clients; a counter of 65 kJ, the smallest that we know, must not go round in between at 1 kW. */
const IDLE_MS = 30_000;
const SLOWEST_MS = 10_000;
const MOST_CLIENTS = 64;
/** Timers come a little early or late. */
const TIMER_SLACK = 0.9;

interface Client {
  readonly connection: Connection;
  intervalMs: number | undefined;
  toldS: number;
}

export interface ReadingServer {
  accept(connection: Connection): void;
  close(): void;
}

export function serveReadings(
  world: { readonly clock: Clock; readonly random: Random },
  sensors: readonly Sensor[],
  { minIntervalMs }: ServeOptions,
): ReadingServer {
  const { clock } = world;
  const run = randomHex(world.random, 16);
  const clients = new Set<Client>();
  let takenS = Number.NEGATIVE_INFINITY;
  let line = "";
  let periodMs = 0;
  let stop = (): void => {};

  const take = (): void => {
    const nowS = clock.now();
    if (nowS - takenS < (minIntervalMs / 1_000) * TIMER_SLACK) return;
    takenS = nowS;
    const samples = sensors.map((sensor) => sensor.sample(nowS));
    const reading: ReadingLine = {
      type: "reading",
      joules: samples.map(({ joules }) => joules),
      covered_s: samples.map(({ coveredS }) => coveredS),
      notes: sensors.map((sensor) => sensor.notes()),
    };
    line = `${JSON.stringify(reading)}\n`;
  };
  const tick = (): void => {
    take();
    for (const client of clients) {
      const { intervalMs, toldS } = client;
      if (intervalMs === undefined || takenS - toldS < (intervalMs / 1_000) * TIMER_SLACK) continue;
      client.toldS = takenS;
      client.connection.send(line);
    }
  };
  const setPace = (): void => {
    const asked = [...clients].flatMap(({ intervalMs }) => intervalMs ?? []);
    const next = asked.length === 0 ? Math.max(IDLE_MS, minIntervalMs) : Math.min(...asked);
    if (next === periodMs) return;
    periodMs = next;
    stop();
    stop = clock.every(periodMs, tick);
  };
  const say = (connection: Connection, message: ServerLine): void =>
    connection.send(`${JSON.stringify(message)}\n`);

  take();
  setPace();
  return {
    accept(connection) {
      if (clients.size >= MOST_CLIENTS) {
        say(connection, { type: "error", message: `there are ${MOST_CLIENTS} clients already` });
        connection.close();
        return;
      }
      const client: Client = { connection, intervalMs: undefined, toldS: Number.NEGATIVE_INFINITY };
      const refuse = (message: string): void => {
        say(connection, { type: "error", message });
        connection.close();
      };
      clients.add(client);
      connection.onClose(() => {
        clients.delete(client);
        setPace();
      });
      const onLine = (text: string): void => {
        try {
          const asked = parseSubscribe(text).interval_ms;
          client.intervalMs = Math.min(Math.max(asked, minIntervalMs), Math.max(SLOWEST_MS, minIntervalMs));
        } catch (thrown) {
          refuse(messageOf(thrown));
          return;
        }
        setPace();
        tick();
      };
      connection.onText(lineReader(MOST_CLIENT_LINE, onLine, () => refuse("a line is too long")));
      const hello: Hello = {
        type: "hello",
        protocol: PROTOCOL,
        version: PROTOCOL_VERSION,
        run,
        min_interval_ms: minIntervalMs,
        sensors: sensors.map(({ component, source }) => ({ component: component as "cpu", source })),
      };
      say(connection, hello);
    },
    close() {
      stop();
      for (const { connection } of [...clients]) connection.close();
    },
  };
}
