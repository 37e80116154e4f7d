/** The command's side of exporting: in a child, which runs what was written to compare it. */
import { aborted, FrugalError } from "../../core/error.ts";
import type { World } from "../../core/ports.ts";
import { type DeathWords, deathOf } from "../../engines/child-failure.ts";
import { clearFiles, type ReadFiles } from "../../engines/clear-files.ts";
import type { AdaptedModel } from "../../learn/lora/find-adapted.ts";
import { makeScratch } from "../../learn/lora/scratch.ts";
import type { Exported, ExportOrder, FromExporter } from "./export-messages.ts";

export interface ExportWatch {
  readonly onMade: (made: Exported) => void;
  readonly signal: AbortSignal;
}

/** @throws "bad-option" for a folder that is taken; what exporting throws; "out-of-memory", "engine-crashed", "aborted". */
export async function exportInProcess(
  world: Pick<World, "files" | "env" | "machine" | "processes">,
  { model, orders }: { readonly model: AdaptedModel; readonly orders: readonly ExportOrder[] },
  { onMade, signal }: ExportWatch,
): Promise<readonly Exported[]> {
  const { files, processes } = world;
  signal.throwIfAborted();
  for (const { out } of orders) await requireFree(clearFiles(files), out);
  const scratch = await makeScratch(world);
  const made: Exported[] = [];
  const child = processes.fork("tune-child");
  const stop = (): void => child.kill("SIGKILL");
  signal.addEventListener("abort", stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      child.onMessage((received) => {
        const message = received as FromExporter;
        if (message.kind === "failed") reject(new FrugalError(message.failure));
        else if (message.kind === "export-done") resolve();
        else {
          made.push(message.made);
          onMade(message.made);
        }
      });
      child.exit.then(
        (exit) =>
          reject(
            signal.aborted ? aborted("exporting", signal.reason) : deathOf(exit, child.errorTail(), DEATH),
          ),
        (thrown) => reject(thrown),
      );
      child.send({ kind: "export", request: { model, orders, scratch: scratch.folder } });
    });
    return made;
  } finally {
    signal.removeEventListener("abort", stop);
    child.kill("SIGKILL");
    await child.exit.catch(() => undefined);
    await scratch.remove();
    // What was begun and not proved is no export.
    const done = new Set(made.map(({ out }) => out));
    for (const { out } of orders) if (!done.has(out)) await files.remove(out).catch(() => {});
  }
}

async function requireFree(files: ReadFiles, out: string): Promise<void> {
  const stat = await files.stat(out);
  if (stat === undefined || (stat.kind === "folder" && (await files.list(out)).length === 0)) return;
  throw new FrugalError({
    code: "bad-option",
    what: `${out} is taken`,
    why: stat.kind === "folder" ? "it is a folder with files in it" : "it is no folder",
    remedy: "name another folder with --out",
  });
}

const DEATH: DeathWords = {
  what: "the process that exported",
  crashed: "the process that exported crashed",
  memoryRemedy: "close other programs, or export on a machine with more memory",
  crashRemedy: "check that the model's files are whole",
};
