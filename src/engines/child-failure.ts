/** How failures of a child process are told: those that it reports itself, and its death. */
import { FrugalError, messageOf } from "../core/error.ts";
import type { Exit } from "../core/ports.ts";
import type { ChildFailure } from "./engine-messages.ts";

/** What was thrown as data; what is no error of ours is told in these words. */
export function describeFailure(
  thrown: unknown,
  otherwise: { readonly what: string; readonly remedy: string },
): ChildFailure {
  if (thrown instanceof FrugalError) {
    const { code, what, why, remedy } = thrown;
    return { code, what, why, remedy };
  }
  return { code: "engine-crashed", why: messageOf(thrown), ...otherwise };
}

/** A model that is larger than memory ends by the kernel's hand (SIGKILL) or by an allocation failure in C++. */
const OUT_OF_MEMORY = /bad_alloc|out of memory|cannot allocate|heap limit/i;
const SHOWN_LINES = 5;

export interface DeathWords {
  /** "the engine that ran MiniLM" */
  readonly what: string;
  /** "the engine crashed on MiniLM" */
  readonly crashed: string;
  readonly memoryRemedy: string;
  readonly crashRemedy: string;
}

/** @param errorText the end of what it wrote to its stderr. */
export function deathOf({ code, signal }: Exit, errorText: string, words: DeathWords): FrugalError {
  const tail = errorText.trim().split("\n").slice(-SHOWN_LINES).join(" | ");
  if (signal === "SIGKILL" || OUT_OF_MEMORY.test(errorText)) {
    return new FrugalError({
      code: "out-of-memory",
      what: `${words.what} was ended`,
      why: tail === "" ? "something killed it, most likely the system for lack of memory" : tail,
      remedy: words.memoryRemedy,
    });
  }
  const how = signal === null ? `it ended with code ${code}` : `it ended by ${signal}`;
  return new FrugalError({
    code: "engine-crashed",
    what: words.crashed,
    why: tail === "" ? how : `${how}; it wrote: ${tail}`,
    remedy: words.crashRemedy,
  });
}
