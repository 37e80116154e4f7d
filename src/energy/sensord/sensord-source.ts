/** A root-owned counter, read for us by frugal sensord. */
import { messageOf, systemCode } from "../../core/error.ts";
import { powercapInterval } from "../powercap-sensor.ts";
import type { Found, Sample, Sensor } from "../sensor.ts";
import { DEFAULT_SENSORD_PATH } from "../sensord-path.ts";
import { ASKED_MS, openSession, type Session, type SessionWorld } from "./session.ts";

const REMEDY =
  "start it (sudo systemctl start frugal-sensord), and be in the group of its socket: docs/sensord.md";

/** Nobody at the default path is no trouble to speak of: most machines have no daemon. */
export async function openSensord(world: SessionWorld, path: string): Promise<Found> {
  const openedS = world.clock.now();
  let session: Session;
  try {
    session = await openSession(world, path);
  } catch (thrown) {
    const code = systemCode(thrown);
    if (path === DEFAULT_SENSORD_PATH && (code === "ENOENT" || code === "ENOTDIR"))
      return { sensors: [], unavailable: [] };
    const reason = code === "EACCES" ? "you may not connect to its socket" : messageOf(thrown);
    const unavailable = {
      kind: "unavailable",
      component: "cpu",
      source: `sensord at ${path}`,
      reason,
      remedy: REMEDY,
    } as const;
    return { sensors: [], unavailable: [unavailable] };
  }
  let open = session.hello.sensors.length;
  const close = (): void => {
    open--;
    if (open === 0) session.close();
  };
  return {
    sensors: session.hello.sensors.map((_, at) => sensorOf(session, at, openedS, close)),
    unavailable: [],
  };
}

function sensorOf(session: Session, at: number, openedS: number, closed: () => void): Sensor {
  const { component, source } = session.hello.sensors[at]!;
  const renewalS = Math.max(ASKED_MS, session.hello.min_interval_ms) / 1_000;
  let last: Sample = { joules: 0, coveredS: 0 };
  let isOpen = true;
  return {
    component,
    boundary: "machine",
    method: "counter",
    seldom: true,
    source: `${source}, by sensord`,
    remedy: REMEDY,
    interval: (joules, windowS) => powercapInterval(joules, windowS, renewalS),
    sample(nowS) {
      session.checkSilence(nowS);
      const { joules, coveredS } = session.counted[at]!;
      // The first reading may be older than our opening: no more is covered than has passed.
      last = { joules, coveredS: Math.max(last.coveredS, Math.min(coveredS, nowS - openedS)) };
      return last;
    },
    notes: () => session.notes(at),
    close() {
      if (isOpen) closed();
      isOpen = false;
    },
  };
}
