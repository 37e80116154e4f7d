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

/** Linux only. @returns the exit status of every run in turn; the last one was left alone. */
export async function killUntilDone(
  start: () => ChildProcess,
  stepNow: () => number,
  { kills, random }: { kills: number; random: Random },
): Promise<(number | null)[]> {
  const statuses: (number | null)[] = [];
  while (statuses.at(-1) !== 0 && statuses.length < kills + 2) {
    const child = start();
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    if (statuses.length < kills) await killSometime(child, stepNow, random.next());
    statuses.push(await ended);
  }
  return statuses;
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
