/** The parent's side: one child per probe, so that native code which crashes or hangs costs that probe alone. */
import { aborted, messageOf } from "../../core/error.ts";
import type { Clock, Processes } from "../../core/ports.ts";
import type { Probe, ProbeAnswer, ProbeAnswers, ProbeFailure } from "./probe-messages.ts";

export interface ProbeWorld {
  readonly processes: Pick<Processes, "fork">;
  readonly clock: Pick<Clock, "sleep">;
}

/** Loading transformers.js takes 2 s on a laptop; on a crowded or cold machine ten times as long. */
const LIMIT_MS = 30_000;

/** Never throws but when aborted: a probe that failed is an answer. */
export async function askProbe<K extends Probe["kind"]>(
  world: ProbeWorld,
  probe: Extract<Probe, { kind: K }>,
  signal: AbortSignal,
): Promise<ProbeAnswers[K] | ProbeFailure> {
  const failed = (why: string): ProbeFailure => ({ kind: "failed", why, remedy: REMEDY });
  let child: ReturnType<Processes["fork"]>;
  try {
    child = world.processes.fork("probe-child");
  } catch (thrown) {
    return failed(`the probe could not be started: ${messageOf(thrown)}`);
  }
  const timer = new AbortController();
  const stop = (): void => timer.abort();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const answer = await Promise.race([
      new Promise<ProbeAnswer>((resolve) => {
        child.onMessage((message) => resolve(message as ProbeAnswer));
        child.send(probe);
      }),
      child.exit.then(
        ({ code, signal: by }) => {
          const tail = child.errorTail().split("\n").at(-1) ?? "";
          return failed(`the probe ended by ${by ?? `exit ${code}`}${tail === "" ? "" : `: ${tail}`}`);
        },
        (thrown) => failed(`the probe could not be started: ${messageOf(thrown)}`),
      ),
      world.clock.sleep(LIMIT_MS, timer.signal).then(
        () => failed(`the probe gave no answer within ${LIMIT_MS / 1_000} s and was ended`),
        () => failed("the probe was stopped"),
      ),
    ]);
    if (signal.aborted) throw aborted("the examination", signal.reason);
    return answer as ProbeAnswers[K] | ProbeFailure;
  } finally {
    signal.removeEventListener("abort", stop);
    timer.abort();
    child.kill("SIGKILL");
  }
}

const REMEDY = "run frugal doctor again when the machine is less busy; if it stays so, please report it";
