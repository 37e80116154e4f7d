/** Kills the training process of `frugal tune` at random moments, until a run has come to its end. */
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../src/core/random.ts";

/** The training process of a running command: its only child that is ours. */
function trainerOf({ pid }: ChildProcess): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean)
    .map(Number);
  return children.find((child) => readFileSync(`/proc/${child}/cmdline`, "utf8").includes("tune-child"));
}

/** Linux only. @returns of every run in turn, its exit status and the checkpoint's step when it had ended. */
export async function killUntilDone(
  start: () => ChildProcess,
  stepNow: () => number,
  { kills, random }: { kills: number; random: Random },
): Promise<{ status: number | null; step: number }[]> {
  const runs: { status: number | null; step: number }[] = [];
  while (runs.at(-1)?.status !== 0 && runs.length < kills + 2) {
    const child = start();
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    if (runs.length < kills) await killSometime(child, stepNow, random.next());
    runs.push({ status: await ended, step: stepNow() });
  }
  return runs;
}

/** From the moment it starts to well behind its first checkpoints. */
async function killSometime(child: ChildProcess, stepNow: () => number, wait: number): Promise<void> {
  let trainer: number | undefined;
  while (trainer === undefined && child.exitCode === null) {
    await sleep(2);
    trainer = trainerOf(child);
  }
  const from = stepNow();
  if (wait < 0.5) await sleep(1_200 * wait);
  else while (stepNow() <= from + 4 * (wait - 0.5) && child.exitCode === null) await sleep(1);
  if (trainer !== undefined && child.exitCode === null) process.kill(trainer, "SIGKILL");
}
