/** A model that the demo tunes and runs as a user would: in the process of `frugal tune`, and as `frugal run --adapter`. */
import type { World } from "../../core/ports.ts";
import type { Engine } from "../../engines/engine.ts";
import { findAdapted } from "../../learn/lora/find-adapted.ts";
import { settleRecipe } from "../../recycle/tune/recipe.ts";
import type { TuneMethod, TuneTask } from "../../recycle/tune/recipe-fields.ts";
import type { TuneResult } from "../../recycle/tune/tune-messages.ts";
import { tuneInProcess } from "../../recycle/tune/tune-process.ts";
import { openAdapted } from "../../reuse/adapted/open-adapted.ts";
import type { ReceiptBook, Recording } from "./receipt-book.ts";

export interface TuneJobFacts {
  readonly world: World;
  readonly book: ReceiptBook;
  /** Where data lie and the adapter is written. */
  readonly folder: string;
  /** Folder of the base. */
  readonly model: string;
  readonly task: TuneTask;
  readonly method: TuneMethod;
  readonly train: readonly unknown[];
  readonly test: readonly unknown[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

/** @returns what was judged on the test examples, with the receipt of the training. */
export async function tuneModel(
  job: TuneJobFacts,
  id: string,
  parents: readonly string[],
): Promise<Recording<TuneResult>> {
  const { world, book, folder, model, task, method, settings, signal } = job;
  const write = async (name: string, rows: readonly unknown[]): Promise<string> => {
    const path = `${folder}/${name}.jsonl`;
    await world.files.writeAtomic(path, `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
    return path;
  };
  const subject = { type: "model", id, task } as const;
  return await book.record({ kind: "train", subject }, async (meter) => {
    await world.files.makeFolder(folder);
    const values = {
      model,
      task,
      method,
      out: `${folder}/${id}`,
      data: await write("train", job.train),
      validation: await write("test", job.test),
      ...settings,
    };
    const recipe = settleRecipe([{ from: "the demo", values }]);
    let steps = 0;
    const result = await meter.span("tune", () =>
      tuneInProcess(
        world,
        { recipe, resume: false, dryRun: false },
        {
          signal,
          onMessage(message) {
            if (message.kind === "preflight") {
              steps = message.preflight.steps;
              book.progress({ kind: "phase", name: `tuning ${id}`, total: steps, unit: "steps" });
            } else if (message.kind === "event" && message.event.kind === "step")
              book.progress({ kind: "advance", done: message.event.step, total: steps });
          },
        },
      ),
    );
    // Only a dry run has none.
    const done = result!;
    return {
      value: done,
      facts: {
        parents,
        work: { unit: "token", count: done.tokens },
        engines: done.versions,
        seeds: { seed: recipe.seed },
        settings: { method, rank: recipe.rank, rate: recipe.rate, epochs: recipe.epochs },
      },
    };
  });
}

/** The adapter on its base. */
export async function openTuned({ world, folder, model, signal }: TuneJobFacts, id: string): Promise<Engine> {
  return await openAdapted(world, await findAdapted(world, { adapter: `${folder}/${id}`, model }), {
    signal,
  });
}
