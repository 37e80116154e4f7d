import { systemCode } from "../core/error.ts";
import type { Terminal } from "../core/ports.ts";

export const nodeTerminal: Terminal = {
  writeOut: (text) =>
    new Promise((resolve, reject) => {
      process.stdout.write(text, (failure) => {
        if (failure == null) return resolve();
        // The reader (`head`, `grep -q`) has what it wanted: not an error (Unix convention, ripgrep does the same).
        if (systemCode(failure) === "EPIPE") process.exit(0);
        reject(failure);
      });
    }),
  writeErr: (text) => void process.stderr.write(text),
  get outIsTerminal() {
    return process.stdout.isTTY === true;
  },
  get errIsTerminal() {
    return process.stderr.isTTY === true;
  },
  get inIsTerminal() {
    return process.stdin.isTTY === true;
  },
  get columns() {
    return process.stderr.columns ?? process.stdout.columns ?? 80;
  },
  get colour() {
    const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
    if (FORCE_COLOR !== undefined && FORCE_COLOR !== "0") return true;
    if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
    return TERM !== "dumb" && process.stderr.isTTY === true;
  },
  input: () => process.stdin,
};
