/** What a monitor leaves at each interval, so that a kill costs no more than one: the receipt that it would write now. */
import { frugalHome } from "../../core/environment.ts";
import { messageOf, systemCode } from "../../core/error.ts";
import type { Clock, Environment, Files, Machine, Processes } from "../../core/ports.ts";
import { processStart } from "../../energy/proc-stat.ts";
import type { ReceiptBody } from "../../receipt/receipt.ts";

export const SNAPSHOT_SCHEMA = "frugal.monitor-state/1";

export interface SnapshotWorld {
  readonly files: Files;
  readonly processes: Pick<Processes, "pid" | "isRunning">;
  readonly clock: Pick<Clock, "stamp">;
  readonly machine: Pick<Machine, "hostname" | "homeFolder">;
  readonly env: Environment;
}

/** Whose it is: an id of a process alone may have been given to another one since. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** In ticks since the machine started, where the system tells. */
  readonly process_start?: number;
}

export interface Snapshot extends Owner {
  readonly schema: typeof SNAPSHOT_SCHEMA;
  readonly at: string;
  readonly interval_s: number;
  /** True once measuring ended by itself: the body is that of the receipt, and only storing it was left to do. */
  readonly ended: boolean;
  readonly body: ReceiptBody;
}

export const snapshotFolder = (world: Pick<SnapshotWorld, "env" | "machine">): string =>
  `${frugalHome(world.env, world.machine)}/monitor`;

export interface SnapshotKeeper {
  /** Writes it in the background; while one is being written, the next is left out. Never throws. */
  keep(body: ReceiptBody): void;
  /** Writes the final body. Never throws. */
  end(body: ReceiptBody): Promise<void>;
  /** The receipt is stored. Never throws: one that stays gives the same receipt once more, which adds nothing. */
  remove(): Promise<void>;
}

/** @param onFailure told once that something cannot be kept or removed, and why. */
export function snapshotKeeper(
  world: SnapshotWorld,
  intervalS: number,
  onFailure: (why: string) => void,
): SnapshotKeeper {
  const { files, processes, clock, machine } = world;
  const start = processStart(files, processes.pid);
  const owner: Owner = {
    host: machine.hostname,
    pid: processes.pid,
    ...(start !== undefined && { process_start: start }),
  };
  const path = `${snapshotFolder(world)}/${processes.pid}-${Date.parse(clock.stamp())}.json`;
  let writing: Promise<void> | undefined;
  let told = false;
  const fail = (thrown: unknown): void => {
    if (!told) onFailure(systemCode(thrown) ?? messageOf(thrown));
    told = true;
  };
  const write = async (body: ReceiptBody, ended: boolean): Promise<void> => {
    const snapshot: Snapshot = {
      schema: SNAPSHOT_SCHEMA,
      ...owner,
      at: clock.stamp(),
      interval_s: intervalS,
      ended,
      body,
    };
    try {
      await files.writeAtomic(path, JSON.stringify(snapshot));
    } catch (thrown) {
      fail(thrown);
    }
  };
  return {
    keep(body) {
      writing ??= write(body, false).finally(() => {
        writing = undefined;
      });
    },
    async end(body) {
      await writing;
      await write(body, true);
    },
    async remove() {
      await files.remove(path).catch(fail);
    },
  };
}
