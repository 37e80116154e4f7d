/** Where everything of the ledger lies, below FRUGAL_HOME. */

export const ledgerFolder = (home: string): string => `${home}/ledger`;
/** Receipts that no database holds yet: one file each, so that writers never wait for one another. */
export const pendingFolder = (home: string): string => `${ledgerFolder(home)}/pending`;
/** Files from pending/ that hold no receipt; kept, never read again. */
export const quarantineFolder = (home: string): string => `${ledgerFolder(home)}/quarantine`;
export const anchorPath = (home: string): string => `${ledgerFolder(home)}/head.json`;
export const lockPath = (home: string): string => `${ledgerFolder(home)}/lock.db`;

/** A repair writes the next number and leaves the damaged file where it is. */
export const databaseName = (number: number): string => `receipts-${number}.db`;
const DATABASE_NAME = /^receipts-([1-9]\d{0,8})\.db$/;

/** The number in a database's name, or undefined for any other file. */
export function databaseNumber(name: string): number | undefined {
  const found = DATABASE_NAME.exec(name)?.[1];
  return found === undefined ? undefined : Number(found);
}
