/** Finishes what monitors left that were killed. */

import { frugalHome } from "../../core/environment.ts";
import { type FrugalError, messageOf, systemCode } from "../../core/error.ts";
import { processStart } from "../../energy/proc-stat.ts";
import { writePending } from "../../ledger/pending.ts";
import { canonicalJson } from "../../receipt/canonical.ts";
import { parseReceipt } from "../../receipt/parse-receipt.ts";
import type { Receipt, ReceiptBody } from "../../receipt/receipt.ts";
import { sealReceipt } from "../../receipt/seal.ts";
import { SNAPSHOT_SCHEMA, type Snapshot, type SnapshotWorld, snapshotFolder } from "./snapshot.ts";

export type PickedUp =
  | { readonly kind: "stored"; readonly receipt: Receipt }
  /** It stays where it is, for the next start. */
  | { readonly kind: "kept"; readonly path: string; readonly why: string; readonly remedy: string };

const NAME = /^\d+-\d+\.json$/;
/** A monitor on another machine that shares the folder cannot be looked at: one that has been silent for so long is gone. */
const SILENT_S = 60;
const SILENT_INTERVALS = 3;

/** Left snapshots whose process is gone become receipts; those of monitors that run are left alone. Never throws. */
export async function pickUp(world: SnapshotWorld): Promise<readonly PickedUp[]> {
  const folder = snapshotFolder(world);
  let names: readonly string[];
  try {
    names = (await world.files.list(folder)).filter((name) => NAME.test(name));
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(thrown) ?? "")) return [];
    return [unread(folder, thrown)];
  }
  const picked: PickedUp[] = [];
  for (const name of names) {
    const found = await finish(world, `${folder}/${name}`);
    if (found !== undefined) picked.push(found);
  }
  return picked;
}

async function finish(world: SnapshotWorld, path: string): Promise<PickedUp | undefined> {
  let text: string;
  try {
    text = await world.files.readText(path);
  } catch (thrown) {
    // Its own monitor has just ended, or another start was faster.
    return systemCode(thrown) === "ENOENT" ? undefined : unread(path, thrown);
  }
  const snapshot = parseSnapshot(text);
  if ("why" in snapshot) return { kind: "kept", path, why: snapshot.why, remedy: "remove the file" };
  if (isAlive(world, snapshot)) return undefined;
  // The same snapshot always gives the same receipt: two starts at once store it once.
  const receipt = sealReceipt(snapshot.ended ? snapshot.body : cutShort(snapshot));
  try {
    await writePending(world.files, frugalHome(world.env, world.machine), receipt);
  } catch (thrown) {
    const { message, remedy } = thrown as FrugalError;
    return { kind: "kept", path, why: message, remedy };
  }
  await world.files.remove(path).catch(() => {});
  return { kind: "stored", receipt };
}

const unread = (path: string, thrown: unknown): PickedUp => ({
  kind: "kept",
  path,
  why: systemCode(thrown) ?? messageOf(thrown),
  remedy: "give this user read access; it is tried again at the next start",
});

function cutShort({ body, interval_s }: Snapshot): ReceiptBody {
  const note = `cut short: the monitor was killed or lost its machine; what followed its last note of ${interval_s} s is missing`;
  const notes = [...(body.energy.notes ?? []), note];
  return { ...body, energy: { ...body.energy, notes } };
}

function isAlive({ files, processes, machine, clock }: SnapshotWorld, snapshot: Snapshot): boolean {
  const { host, pid, process_start, at, interval_s } = snapshot;
  if (host === machine.hostname) {
    return process_start === undefined
      ? processes.isRunning(pid)
      : processStart(files, pid) === process_start;
  }
  const silentS = (Date.parse(clock.stamp()) - Date.parse(at)) / 1_000;
  return silentS < Math.max(SILENT_S, SILENT_INTERVALS * interval_s);
}

/** A file of ours that somebody may have changed. */
function parseSnapshot(text: string): Snapshot | { readonly why: string } {
  let value: Partial<Snapshot> | null;
  try {
    value = JSON.parse(text) as Partial<Snapshot> | null;
  } catch (thrown) {
    return { why: `it is not JSON (${messageOf(thrown)})` };
  }
  if (
    value?.schema !== SNAPSHOT_SCHEMA ||
    typeof value.host !== "string" ||
    typeof value.pid !== "number" ||
    typeof value.at !== "string" ||
    typeof value.interval_s !== "number" ||
    typeof value.body !== "object"
  ) {
    return { why: `it is not as ${SNAPSHOT_SCHEMA} says` };
  }
  const parsed = parseReceipt(new TextEncoder().encode(canonicalJson(sealReceipt(value.body))));
  return parsed.ok ? (value as Snapshot) : { why: parsed.why };
}
