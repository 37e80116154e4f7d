/** `frugal sensord`: runs until a signal ends it. */
import { FrugalError, messageOf, systemCode } from "../../../core/error.ts";
import type { Files, Listening, World } from "../../../core/ports.ts";
import { openPowercap } from "../../../energy/powercap-source.ts";
import type { Sensor } from "../../../energy/sensor.ts";
import { type ReadingServer, serveReadings } from "../../../energy/sensord/serve-readings.ts";
import { DEFAULT_SENSORD_PATH, sensordPath } from "../../../energy/sensord-path.ts";
import type { CliContext, OptionValues } from "../command.ts";
import { badOption } from "../program.ts";

/** Owner and group may connect, nobody else (connecting needs the right to write: unix(7)). */
const MODE = 0o660;
/** `--min-interval-ms` of the table, which is parsed only when it is given. */
const asNumber = (value: unknown): number => Number(value);

export async function sensord(
  context: CliContext,
  _args: readonly string[],
  options: OptionValues,
): Promise<number> {
  const { world, signal } = context;
  const path = (options["socket"] as string | undefined) ?? sensordPath(world.env) ?? DEFAULT_SENSORD_PATH;
  const minIntervalMs = asNumber(options["minIntervalMs"]);
  const gid = await groupId(world.files, options["group"] as string | undefined);
  const sensors = countersOf(world, options["powercapRoot"] as string | undefined);
  const server = serveReadings(world, sensors, { minIntervalMs });
  try {
    const listening = await listen(world, path, gid, server);
    try {
      const sources = sensors.map(({ component, source }) => ({ component, source }));
      if (context.json)
        await context.printJson({ socket: path, min_interval_ms: minIntervalMs, sensors: sources });
      else context.note(`serving ${sources.map(({ source }) => source).join(", ")} at ${path}`);
      await stopped(signal);
    } finally {
      await listening.close();
    }
  } finally {
    server.close();
  }
  return 0;
}

const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

function countersOf(world: World, root = "/sys/class/powercap"): readonly Sensor[] {
  const { sensors, unavailable } = openPowercap({ world, nowS: world.clock.now() }, root);
  if (sensors.length > 0) return sensors;
  const { reason, remedy } = unavailable[0]!;
  const denied = /root only/.test(reason);
  throw new FrugalError({
    code: "sensor-unavailable",
    what: `there is no counter to serve below ${root}`,
    why: reason,
    remedy: denied ? "run the daemon as root: it is there to read them for others" : remedy,
  });
}

/** Of a name in /etc/group, or a number. */
async function groupId(
  files: Pick<Files, "readText">,
  group: string | undefined,
): Promise<number | undefined> {
  if (group === undefined) return undefined;
  if (/^\d+$/.test(group)) return Number(group);
  const lines = await files.readText("/etc/group").catch(() => "");
  const found = lines.split("\n").find((line) => line.startsWith(`${group}:`));
  const gid = Number(found?.split(":")[2] ?? Number.NaN);
  if (Number.isInteger(gid)) return gid;
  throw badOption("--group", group, `make it (sudo groupadd --system ${group}), or give its number`);
}

/** A socket that nobody serves any more (a daemon that was killed) is removed; anything else at `path` is left alone. */
async function listen(
  world: World,
  path: string,
  gid: number | undefined,
  server: ReadingServer,
): Promise<Listening> {
  const { sockets, files } = world;
  const attempt = (): Promise<Listening> =>
    sockets.listen(path, { mode: MODE, ...(gid !== undefined && { gid }) }, server.accept);
  const unserved = (why: string, cause: unknown): FrugalError =>
    new FrugalError({
      code: "file-unwritable",
      what: `cannot serve at ${path}`,
      why,
      remedy: "give a path in a folder that this user may write with --socket, and a group that it is in",
      cause,
    });
  try {
    return await attempt();
  } catch (thrown) {
    if (systemCode(thrown) !== "EADDRINUSE") throw unserved(messageOf(thrown), thrown);
  }
  if (await isServed(world, path)) {
    throw new FrugalError({
      code: "sensord-running",
      what: `cannot serve at ${path}`,
      why: "another daemon answers there",
      remedy: "stop that one, or give another path with --socket",
    });
  }
  try {
    if ((await files.stat(path))?.kind !== "other") throw new Error("something that is no socket is there");
    await files.remove(path);
    return await attempt();
  } catch (thrown) {
    throw unserved(messageOf(thrown), thrown);
  }
}

async function isServed({ sockets }: World, path: string): Promise<boolean> {
  try {
    (await sockets.connect(path)).close();
    return true;
  } catch (thrown) {
    // EACCES and the like: somebody else's, perhaps alive.
    return !["ECONNREFUSED", "ENOENT", "ENOTSOCK"].includes(systemCode(thrown) ?? "");
  }
}
