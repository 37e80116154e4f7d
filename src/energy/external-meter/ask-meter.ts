import { isOffline } from "../../core/environment.ts";
import { FrugalError, messageOf } from "../../core/error.ts";
import type { Clock, Environment, Fetch } from "../../core/ports.ts";
import { withoutSecrets } from "./meter-spec.ts";

export interface AskWorld {
  readonly fetch: Fetch;
  readonly clock: Pick<Clock, "sleep">;
  readonly env: Environment;
}

/** For meters behind a login, such as Home Assistant (a long-lived access token). */
export const TOKEN = "FRUGAL_METER_TOKEN";

/** Header and address of a URL that may hold user and password, which fetch itself refuses. */
export function addressOf(
  url: string,
  env: Environment,
): { readonly url: string; readonly headers: Record<string, string> } {
  const parsed = new URL(url);
  const token = env[TOKEN];
  const { username, password } = parsed;
  parsed.username = "";
  parsed.password = "";
  const authorization =
    username !== ""
      ? `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}`
      : token
        ? `Bearer ${token}`
        : undefined;
  return { url: parsed.href, headers: authorization === undefined ? {} : { authorization } };
}

/**
 * A successful answer within `timeoutMs`, whose body `take` reads within the same time. Opens no socket when offline and
 * follows no redirect, because headers may hold a password. Throws FrugalError "network-unavailable" or
 * "sensor-unavailable".
 */
export async function askMeter<T>(
  world: AskWorld,
  request: { readonly url: string; readonly timeoutMs: number; readonly init?: RequestInit },
  take: (response: Response) => Promise<T>,
): Promise<T> {
  const { url, headers } = addressOf(request.url, world.env);
  const name = withoutSecrets(request.url);
  if (isOffline(world.env))
    throw unreachable(name, "offline mode is on", "unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE");
  const stop = new AbortController();
  const done = new AbortController();
  world.clock.sleep(request.timeoutMs, done.signal).then(
    () => stop.abort(unreachable(name, `no answer within ${request.timeoutMs / 1_000} s`)),
    () => {},
  );
  try {
    const init = {
      redirect: "error",
      ...request.init,
      headers: { ...headers, ...request.init?.headers },
    } as const;
    const response = await world.fetch(url, { ...init, signal: stop.signal });
    if (!response.ok) throw refused(name, response.status);
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
function causeOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return cause === undefined ? messageOf(thrown) : messageOf(cause);
}

function refused(name: string, status: number): FrugalError {
  const needsLogin = status === 401 || status === 403;
  return new FrugalError({
    code: "sensor-unavailable",
    what: name,
    why: needsLogin ? `it refused access (${status})` : `it answered ${status}`,
    remedy: needsLogin
      ? `set ${TOKEN}, or write the user into the URL (http://user:password@…); digest login is not supported`
      : "check the address: it is asked as it stands",
  });
}

const unreachable = (
  name: string,
  why: string,
  remedy = "check that the meter is on, and near",
): FrugalError => new FrugalError({ code: "network-unavailable", what: name, why, remedy });
