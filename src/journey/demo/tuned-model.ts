/** A model that the demo tunes and runs as a user would: in the process of `frugal tune`, and as `frugal run --adapter`. */
import { invariant } from "../../core/error.ts";
import type { World } from "../../core/ports.ts";
import type { Engine } from "../../engines/engine.ts";
import { findAdapted } from "../../learn/lora/find-adapted.ts";
import type { QualityFigure } from "../../receipt/receipt.ts";
import { settleRecipe } from "../../recycle/tune/recipe.ts";
import type { TuneMethod, TuneTask } from "../../recycle/tune/recipe-fields.ts";
import type { TuneResult } from "../../recycle/tune/tune-messages.ts";
import { tuneInProcess } from "../../recycle/tune/tune-process.ts";
import { openAdapted } from "../../reuse/adapted/open-adapted.ts";
import { wilsonInterval } from "../../score/wilson-interval.ts";
import type { ReceiptBook, Recording } from "./receipt-book.ts";

export const QUALITY_METHOD = "Wilson score";

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
  /** Without them a part of the others judges. */
  readonly test?: readonly unknown[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

/** A training as a phase of its own. @returns what was judged on the test examples, with the receipt. */
export async function tuneModel(
  job: TuneJobFacts,
  id: string,
  parents: readonly string[],
): Promise<Recording<TuneResult>> {
  const { book, task, method, settings } = job;
  const subject = { type: "model", id, task } as const;
  return await book.record({ kind: "train", subject }, async (meter) => {
    const value = await meter.span("tune", () => tuneInBook(job, id));
    const facts = {
      parents,
      work: { unit: "token", count: value.tokens },
      engines: value.versions,
      quality: [wordQuality(value.right, value.decided)],
      settings: { method, rate: Number(settings["rate"]), epochs: Number(settings["epochs"]) },
    };
    return { value, facts };
  });
}

/** Of held-out decisions. */
export const wordQuality = (right: number, count: number): QualityFigure => ({
  metric: "accuracy",
  estimate: wilsonInterval(right, count),
  count,
  method: QUALITY_METHOD,
});

/** Within a phase that is measured already. */
export async function tuneInBook(job: TuneJobFacts, id: string): Promise<TuneResult> {
  const { world, book, folder, model, task, method, settings, signal } = job;
  await world.files.makeFolder(folder);
  const write = async (name: string, rows: readonly unknown[]): Promise<string> => {
    const path = `${folder}/${id}.${name}.jsonl`;
    await world.files.writeAtomic(path, `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
    return path;
  };
  const out = `${folder}/${id}`;
  // A result is never written over; the demo's own of an earlier time is.
  await world.files.remove(out);
  const values = {
    model,
    task,
    method,
    out,
    data: await write("train", job.train),
    ...(job.test !== undefined && { validation: await write("test", job.test) }),
    ...settings,
  };
  const recipe = settleRecipe([{ from: "the demo", values }]);
  let total = 0;
  const result = await tuneInProcess(
    world,
    { recipe, resume: false, dryRun: false },
    {
      signal,
      onMessage(message) {
        if (message.kind === "preflight") {
          total = message.preflight.steps;
          book.progress({ kind: "phase", name: `tuning ${id}`, total, unit: "steps" });
        } else if (message.kind === "event" && message.event.kind === "step")
          book.progress({ kind: "advance", done: message.event.step, total });
      },
    },
  );
  invariant(result !== undefined, "only a dry run has no result");
  return result;
}

/** The adapter on its base. */
export async function openTuned({ world, folder, model, signal }: TuneJobFacts, id: string): Promise<Engine> {
  return await openAdapted(world, await findAdapted(world, { adapter: `${folder}/${id}`, model }), {
    signal,
  });
}
