import { FrugalError, InternalError, isAbort, messageOf } from "../../core/error.ts";
import type { Terminal } from "../../core/ports.ts";

/** EX_SOFTWARE of sysexits.h: the mistake is ours. */
const OUR_BUG = 70;
const INTERRUPTED = 130;

/** Says on stderr what was thrown: `error:` what and why, then `hint:` the remedy. @returns the exit code. */
export function explain(terminal: Terminal, thrown: unknown): number {
  const paint = painter(terminal.colour);
  if (thrown instanceof FrugalError) {
    terminal.writeErr(`${paint.red(thrown.code === "aborted" ? "stopped:" : "error:")} ${thrown.message}\n`);
    terminal.writeErr(`${paint.cyan("hint:")} ${thrown.remedy}\n`);
    return thrown.exitCode;
  }
  if (isAbort(thrown)) {
    terminal.writeErr(`${paint.red("stopped:")} interrupted\n`);
    return INTERRUPTED;
  }
  const ours = thrown instanceof InternalError ? thrown.message : `internal: ${messageOf(thrown)}`;
  terminal.writeErr(`${paint.red("error:")} ${ours}\n`);
  terminal.writeErr(
    `${paint.cyan("hint:")} this is a bug in frugal; please report it with the lines below\n`,
  );
  terminal.writeErr(`${thrown instanceof Error ? (thrown.stack ?? "") : ""}\n`);
  return OUR_BUG;
}

interface Painter {
  red(text: string): string;
  cyan(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

/** ANSI SGR sequences (ECMA-48, 8.3.117), or plain text. */
export function painter(colour: boolean): Painter {
  const wrap =
    (open: number, close: number) =>
    (text: string): string =>
      colour ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return { red: wrap(31, 39), cyan: wrap(36, 39), dim: wrap(2, 22), bold: wrap(1, 22) };
}
