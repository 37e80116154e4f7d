import { isOffline } from "../../core/environment.ts";
import { FrugalError, messageOf } from "../../core/error.ts";
import type { Clock, Environment, Fetch, FetchInit } from "../../core/ports.ts";

export interface AskWorld {
  readonly fetch: Fetch;
  readonly clock: Pick<Clock, "sleep">;
  readonly env: Environment;
}

export interface Question {
  readonly url: string;
  /** How messages call the other side: without user, password and query. */
  readonly name: string;
  readonly timeoutMs: number;
  /** What helps when access is refused. */
  readonly login: string;
  readonly init?: FetchInit;
}

/**
 * A successful answer in time, whose body `take` reads within the same time. Opens no socket when offline and follows no
 * redirect, because headers may hold a password. Throws FrugalError "network-unavailable" or "sensor-unavailable".
 */
export async function askMeter<T>(
  world: AskWorld,
  { url, name, timeoutMs, login, init }: Question,
  take: (response: Response) => Promise<T>,
): Promise<T> {
  if (isOffline(world.env))
    throw unreachable(name, "offline mode is on", "unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE");
  const stop = new AbortController();
  const done = new AbortController();
  world.clock.sleep(timeoutMs, done.signal).then(
    () => stop.abort(unreachable(name, `no answer within ${timeoutMs / 1_000} s`)),
    () => {},
  );
  try {
    const signal = init?.signal ? AbortSignal.any([init.signal, stop.signal]) : stop.signal;
    const response = await world.fetch(url, { redirect: "error", ...init, signal });
    if (!response.ok) throw refused(name, response.status, login);
    return await take(response);
  } catch (thrown) {
    if (stop.signal.aborted) throw stop.signal.reason;
    if (thrown instanceof FrugalError) throw thrown;
    throw unreachable(name, causeOf(thrown), "check the address, and that the meter is on");
  } finally {
    done.abort();
  }
}

/** fetch says only "fetch failed"; the reason is its cause. */
export function causeOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return cause === undefined ? messageOf(thrown) : messageOf(cause);
}

function refused(name: string, status: number, login: string): FrugalError {
  const needsLogin = status === 401 || status === 403;
  return new FrugalError({
    code: "sensor-unavailable",
    what: name,
    why: needsLogin ? `it refused access (${status})` : `it answered ${status}`,
    remedy: needsLogin ? login : "check the address: it is asked as it stands",
  });
}

const unreachable = (
  name: string,
  why: string,
  remedy = "check that the meter is on, and near",
): FrugalError => new FrugalError({ code: "network-unavailable", what: name, why, remedy });
