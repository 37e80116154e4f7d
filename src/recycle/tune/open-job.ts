/** The job of a recipe's task. */
import type { World } from "../../core/ports.ts";
import type { TrainPlan } from "../../learn/train/train-state.ts";
import { openDecoderJob } from "./decoder-job.ts";
import { openEncoderJob } from "./encoder-job.ts";
import type { EncoderRecipe, Recipe } from "./recipe.ts";
import type { TuneJob } from "./tune-job.ts";

/**
 * @param folder where graphs and weights are written while the run goes on.
 * @throws what opening model, tokenizer and data throws; "bad-data" for examples that are not of the task; "memory-too-small".
 */
export const openJob = (
  world: Pick<World, "files" | "machine" | "clock">,
  recipe: Recipe,
  train: TrainPlan,
  folder: string,
): Promise<TuneJob> =>
  isForEncoders(recipe)
    ? openEncoderJob(world, recipe, train, folder)
    : openDecoderJob(world, recipe, train, folder);

const isForEncoders = (recipe: Recipe): recipe is EncoderRecipe => recipe.task !== "causal-lm";
