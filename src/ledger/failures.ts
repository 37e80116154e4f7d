/** What can go wrong with the ledger's files, in the user's words. */
import {
  type ErrorFacts,
  FrugalError,
  messageOf,
  systemCode,
  unwritable as unwritableFile,
} from "../core/error.ts";

/** An error that has to travel between processes: its cause may not survive the way. */
export type Failure = Omit<ErrorFacts, "cause">;

export const failureOf = ({ code, what, why, remedy }: FrugalError): Failure => ({ code, what, why, remedy });

export const damaged = (what: string, why: string, cause?: unknown): FrugalError =>
  new FrugalError({
    code: "ledger-damaged",
    what,
    why,
    remedy:
      "frugal log verify names what is damaged; frugal log repair gathers every whole receipt into a new database and keeps the damaged one",
    cause,
  });

/** "disk-full" or "file-unwritable". */
export const unwritable = (what: string, cause: unknown): FrugalError =>
  unwritableFile(what, cause, "correct the folder's permissions, or set FRUGAL_HOME to another folder");

export const unreadable = (path: string, thrown: unknown): FrugalError =>
  new FrugalError({
    code: "file-unreadable",
    what: `cannot read ${path}`,
    why: systemCode(thrown) ?? messageOf(thrown),
    remedy: "correct its permissions, or set FRUGAL_HOME to another folder",
    cause: thrown,
  });

export const isNothingThere = (thrown: unknown): boolean =>
  systemCode(thrown) === "ENOENT" || systemCode(thrown) === "ENOTDIR";
