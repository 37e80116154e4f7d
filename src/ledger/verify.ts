/** `log verify`: anchor, database and chain; then what is pending is added, if all is well. */
import { FrugalError } from "../core/error.ts";
import type { Repair } from "./anchor.ts";
import { fromHex, GENESIS, hex } from "./chain.ts";
import { type ChainCheck, checkChain, type Problem } from "./check-chain.ts";
import { isNothingThere, unreadable } from "./failures.ts";
import { type LedgerPlace, openCurrent } from "./find-ledger.ts";
import { type Intake, ingest } from "./ingest.ts";
import { quarantineFolder } from "./ledger-folder.ts";

export interface LedgerReport {
  readonly length: number;
  /** The last link, in hexadecimal: published, it proves later that nothing up to here was changed. */
  readonly head: string;
  /** Empty when the ledger is whole. */
  readonly problems: readonly Problem[];
  /** Whether the head that was asked for lies in the chain; absent when none was. */
  readonly headFound?: boolean;
  readonly repairs: readonly Repair[];
  /** Files in quarantine/. */
  readonly quarantined: number;
  readonly intake: Intake;
}

/** @param head in hexadecimal: one that was published earlier. */
export async function verify(place: LedgerPlace, head?: string): Promise<LedgerReport> {
  const wanted = head === undefined ? undefined : fromHex(head);
  let checked = await check(place, wanted);
  let intake: Intake = { added: 0, refused: [] };
  if (checked.problems.length === 0) {
    intake = await ingest(place);
    if (intake.added > 0) checked = await check(place, wanted);
  }
  return {
    length: checked.length,
    head: hex(checked.head),
    problems: checked.problems,
    ...(head === undefined ? {} : { headFound: checked.found }),
    repairs: checked.repairs,
    quarantined: await countFiles(place),
    intake,
  };
}

interface Checked extends ChainCheck {
  readonly repairs: readonly Repair[];
}

const EMPTY: Checked = { length: 0, head: GENESIS, problems: [], found: false, repairs: [] };

export async function check(place: LedgerPlace, wanted?: Uint8Array): Promise<Checked> {
  try {
    const current = await openCurrent(place);
    if (current === undefined) return EMPTY;
    const { anchor, database } = current;
    try {
      return { ...checkChain(database, anchor, wanted), repairs: anchor.repairs };
    } finally {
      database.close();
    }
  } catch (thrown) {
    if (!(thrown instanceof FrugalError) || thrown.code !== "ledger-damaged") throw thrown;
    return { ...EMPTY, problems: [{ what: thrown.message }] };
  }
}

async function countFiles({ files, home }: LedgerPlace): Promise<number> {
  try {
    return (await files.list(quarantineFolder(home))).length;
  } catch (thrown) {
    if (isNothingThere(thrown)) return 0;
    throw unreadable(quarantineFolder(home), thrown);
  }
}
