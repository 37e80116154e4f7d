import { isOffline } from "../../../core/environment.ts";
import { aborted, FrugalError, isAbort, messageOf } from "../../../core/error.ts";
import type { Clock, Environment, Fetch } from "../../../core/ports.ts";

export interface FetchWorld {
  readonly fetch: Fetch;
  readonly clock: Pick<Clock, "sleep">;
  readonly env: Environment;
}

export interface TextRequest {
  readonly url: string;
  /** How messages call the other side. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly signal?: AbortSignal;
}

/** Longest answer that is read: a month of half-hours is 200 kB. */
const MOST_CHARACTERS = 5_000_000;

/**
 * The body of a successful answer. Opens no socket when offline. Throws "network-unavailable" (offline, unreachable,
 * too slow), "carbon-zone-unknown" (404), "carbon-source-failed" (any other answer) or "aborted". Follows no
 * redirect: headers may hold a token.
 */
export async function fetchText(world: FetchWorld, request: TextRequest): Promise<string> {
  const { name, timeoutMs } = request;
  if (isOffline(world.env)) throw unreachable(name, "offline mode is on");
  const stop = new AbortController();
  const done = new AbortController();
  const tooSlow = unreachable(name, `no answer within ${timeoutMs / 1_000} s`);
  world.clock.sleep(timeoutMs, done.signal).then(
    () => stop.abort(tooSlow),
    () => {},
  );
  const cancel = (): void => stop.abort(aborted(`asking ${name}`));
  request.signal?.addEventListener("abort", cancel, { once: true });
  if (request.signal?.aborted) cancel();
  try {
    return await answerOf(world, request, stop.signal);
  } catch (thrown) {
    if (stop.signal.aborted) throw stop.signal.reason;
    if (thrown instanceof FrugalError || isAbort(thrown)) throw thrown;
    throw unreachable(name, messageOf(thrown), thrown);
  } finally {
    done.abort();
    request.signal?.removeEventListener("abort", cancel);
  }
}

async function answerOf(world: FetchWorld, request: TextRequest, signal: AbortSignal): Promise<string> {
  const { url, headers = {}, method = "GET" } = request;
  signal.throwIfAborted();
  const response = await world.fetch(url, { method, headers, signal, redirect: "error" });
  if (!response.ok) throw refused(request.name, response);
  const text = await response.text();
  if (text.length > MOST_CHARACTERS) throw failed(request.name, "the answer is too long");
  return text;
}

function refused(name: string, { status, headers }: Response): FrugalError {
  if (status === 401 || status === 403) {
    return failed(name, `it refused access (${status})`, "check the token and what its plan allows");
  }
  if (status === 404) {
    return new FrugalError({
      code: "carbon-zone-unknown",
      what: name,
      why: "it has no data under this name (404)",
      remedy: "check the zone, or leave the live source off",
    });
  }
  if (status === 429) {
    const after = headers.get("retry-after");
    return failed(name, "too many requests (429)", after ? `try again after ${after}` : "try again later");
  }
  return failed(name, `it answered ${status}`);
}

export const failed = (name: string, why: string, remedy = "try again later"): FrugalError =>
  new FrugalError({ code: "carbon-source-failed", what: name, why, remedy });

const unreachable = (name: string, why: string, cause?: unknown): FrugalError =>
  new FrugalError({
    code: "network-unavailable",
    what: name,
    why,
    remedy: "check the connection; without it the yearly average is used",
    cause,
  });
