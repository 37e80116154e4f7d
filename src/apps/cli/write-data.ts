import { unwritable } from "../../core/error.ts";
import type { Terminal } from "../../core/ports.ts";

/** Throws "disk-full" or "file-unwritable". */
export async function writeData(terminal: Terminal, text: string): Promise<void> {
  try {
    await terminal.writeOut(text);
  } catch (thrown) {
    throw unwritable("cannot write to standard output", thrown, "send it elsewhere");
  }
}
