/**
 * The one error class. A user meets what happened, why, and what to do; a program meets the code.
 * Codes are documented in docs/errors.md; the docs check fails when one is missing there.
 */
const EXIT_CODES = {
  "adapter-mismatch": 2,
  "adapter-task-unknown": 2,
  aborted: 130,
  "bad-data": 2,
  "bad-model": 2,
  "bad-option": 2,
  "budget-spent": 1,
  "carbon-source-failed": 2,
  // A gate that said no: the machine stays as it was.
  "calibration-refused": 1,
  "carbon-zone-unknown": 2,
  // POSIX (XCU, "env", exit status): 127 not found, 126 found but not executable.
  "checkpoint-damaged": 2,
  "checkpoint-mismatch": 2,
  "command-not-found": 127,
  "command-not-executable": 126,
  "disk-full": 2,
  "empty-input": 2,
  "engine-crashed": 2,
  "engine-missing": 2,
  "export-refused": 2,
  "file-missing": 2,
  "file-unreadable": 2,
  "file-unwritable": 2,
  "floor-not-met": 1,
  "graph-unsupported": 2,
  "ledger-busy": 2,
  "ledger-damaged": 2,
  "line-too-long": 2,
  "machine-unsuitable": 2,
  "memory-too-small": 2,
  "model-incomplete": 2,
  "model-output-invalid": 2,
  "network-unavailable": 2,
  "not-found": 1,
  "not-utf8": 2,
  "out-of-memory": 2,
  "sensor-unavailable": 2,
  "sensord-running": 2,
  "training-diverged": 2,
  "unknown-task": 2,
  "unsupported-input": 2,
  "wrong-task": 2,
} as const;

export type ErrorCode = keyof typeof EXIT_CODES;
export const ERROR_CODES: Readonly<Record<ErrorCode, number>> = EXIT_CODES;

export interface ErrorFacts {
  readonly code: ErrorCode;
  /** What happened, naming the file, option or model: `cannot read model.onnx`. */
  readonly what: string;
  /** The reason, as far as it is known. */
  readonly why: string;
  /** What the user can do now. */
  readonly remedy: string;
  readonly cause?: unknown;
}

/**
 * Known by its name, not by its class: files that hold their imports (scripts/build.mjs) have a copy of this one, and an
 * error must be the same to all of them.
 */
export class FrugalError extends Error {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why: string;
  readonly remedy: string;

  constructor(facts: ErrorFacts) {
    super(`${facts.what}: ${facts.why}`, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = "FrugalError";
    this.code = facts.code;
    this.what = facts.what;
    this.why = facts.why;
    this.remedy = facts.remedy;
  }

  static override [Symbol.hasInstance](thrown: unknown): thrown is FrugalError {
    return isNamed(thrown, "FrugalError");
  }

  /** 1 for "no", 2 for an error, 128 + signal when interrupted. */
  get exitCode(): number {
    return ERROR_CODES[this.code];
  }
}

/** Our own mistake, not the user's: exit 70 (EX_SOFTWARE of sysexits.h) and a request to report it. */
export class InternalError extends Error {
  constructor(message: string, cause?: unknown) {
    super(`internal: ${message}`, cause === undefined ? undefined : { cause });
    this.name = "InternalError";
  }

  static override [Symbol.hasInstance](thrown: unknown): thrown is InternalError {
    return isNamed(thrown, "InternalError") && thrown.message.startsWith("internal: ");
  }
}

const isNamed = (thrown: unknown, name: string): thrown is Error =>
  thrown instanceof Error && thrown.name === name;

export function invariant(holds: unknown, message: string): asserts holds {
  if (!holds) throw new InternalError(message);
}

/** The system's error code (`ENOENT`, `ENOSPC` …) of a thrown value, if it has one. */
export function systemCode(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}

/** For a write that failed; `remedy` follows "free some space or". */
export const unwritable = (what: string, cause: unknown, remedy: string): FrugalError =>
  new FrugalError({
    // EDQUOT: the user's quota is used up, which looks the same to its owner.
    code: ["ENOSPC", "EDQUOT"].includes(systemCode(cause) ?? "") ? "disk-full" : "file-unwritable",
    what,
    why: systemCode(cause) ?? messageOf(cause),
    remedy: `free some space or ${remedy}`,
    cause,
  });

export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);

/** With the system's code of what caused it: `fetch failed (ECONNREFUSED)` instead of Node's bare `fetch failed`. */
export function reasonOf(thrown: unknown): string {
  const code = thrown instanceof Error ? systemCode(thrown.cause) : undefined;
  return code === undefined ? messageOf(thrown) : `${messageOf(thrown)} (${code})`;
}

export const isAbort = (thrown: unknown): boolean =>
  (thrown instanceof FrugalError && thrown.code === "aborted") ||
  (thrown instanceof Error && thrown.name === "AbortError");

/** Thrown by anything that an `AbortSignal` stopped. */
export const aborted = (what: string, cause?: unknown): FrugalError =>
  new FrugalError({
    code: "aborted",
    what,
    why: "it was interrupted",
    remedy: "run it again to start over or, where a command says so, to go on",
    cause,
  });
