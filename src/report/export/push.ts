/** Metrics to where they are collected: a Pushgateway or an OpenTelemetry collector. */
import { isOffline } from "../../core/environment.ts";
import { aborted, FrugalError, isAbort, reasonOf } from "../../core/error.ts";
import type { Clock, Environment, Fetch } from "../../core/ports.ts";
import type { MetricFamily } from "./metric-family.ts";
import { PROMETHEUS_TYPE, toPrometheus } from "./prometheus-text.ts";

export interface PushWorld {
  readonly fetch: Fetch;
  readonly clock: Pick<Clock, "sleep">;
  readonly env: Environment;
}

export interface PushTarget {
  /** With user and password in it, they are sent as Basic authentication. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS = 10_000;
const SHOWN_CHARACTERS = 200;

/**
 * Replaces what the group has (PUT: prometheus/pushgateway, README, "PUT method"). The group is `job/frugal` unless the URL
 * names one: `http://host:9091/metrics/job/nightly/instance/a`.
 */
export async function pushPrometheus(
  world: PushWorld,
  target: PushTarget,
  families: readonly MetricFamily[],
): Promise<void> {
  const url = checkedUrl(target.url);
  if (!url.pathname.includes("/metrics/job")) url.pathname = `${trimmed(url.pathname)}/metrics/job/frugal`;
  await send(world, { ...target, url, method: "PUT", type: PROMETHEUS_TYPE, body: toPrometheus(families) });
}

/**
 * POST to `/v1/metrics` unless the URL has a path (OTLP specification, "OTLP/HTTP Request"). Throws "export-refused" when the collector
 * took only a part.
 */
export async function pushOtlp(world: PushWorld, target: PushTarget, metrics: object): Promise<void> {
  const url = checkedUrl(target.url);
  if (url.pathname === "/") url.pathname = "/v1/metrics";
  const body = JSON.stringify(metrics);
  const answer = await send(world, { ...target, url, method: "POST", type: "application/json", body });
  const rejected = rejectedOf(answer);
  if (rejected !== undefined) throw refused(url, rejected);
}

interface Sending extends Omit<PushTarget, "url"> {
  readonly url: URL;
  readonly method: "PUT" | "POST";
  readonly type: string;
  readonly body: string;
}

async function send(
  world: PushWorld,
  { url, method, type, body, headers, signal }: Sending,
): Promise<string> {
  if (isOffline(world.env)) throw unreachable(url, "offline mode is on");
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  const stop = new AbortController();
  const done = new AbortController();
  world.clock.sleep(TIMEOUT_MS, done.signal).then(
    () => stop.abort(unreachable(url, `no answer within ${TIMEOUT_MS / 1_000} s`)),
    () => {},
  );
  const cancel = (): void => stop.abort(aborted(`the push to ${shown(url)}`));
  signal?.addEventListener("abort", cancel, { once: true });
  if (signal?.aborted) cancel();
  try {
    stop.signal.throwIfAborted();
    const response = await world.fetch(bare.href, {
      method,
      body,
      headers: { "content-type": type, ...basicAuthorization(url), ...headers },
      signal: stop.signal,
      // Followed, a redirect would take the headers along, and a token may be among them: it counts as an answer that is not ok.
      redirect: "manual",
    });
    const text = await response.text();
    if (!response.ok)
      throw refused(url, `it answered ${response.status}${text === "" ? "" : `: ${short(text)}`}`);
    return text;
  } catch (thrown) {
    if (stop.signal.aborted) throw stop.signal.reason;
    if (thrown instanceof FrugalError || isAbort(thrown)) throw thrown;
    throw unreachable(url, reasonOf(thrown), thrown);
  } finally {
    done.abort();
    signal?.removeEventListener("abort", cancel);
  }
}

/** RFC 7617, in UTF-8: `fetch` takes no address with a password in it. */
function basicAuthorization({ username, password }: URL): { readonly authorization?: string } {
  if (username === "" && password === "") return {};
  const bytes = new TextEncoder().encode(`${plain(username)}:${plain(password)}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

/** A stray percent sign stands for itself. */
function plain(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** What an ExportMetricsServiceResponse says of points that were not taken; a warning beside none of them is no failure. */
function rejectedOf(answer: string): string | undefined {
  try {
    const { partialSuccess } = JSON.parse(answer) as { partialSuccess?: Record<string, unknown> };
    const count = Number(partialSuccess?.["rejectedDataPoints"] ?? 0);
    if (!(count > 0)) return undefined;
    return `it rejected ${count} data points: ${short(String(partialSuccess?.["errorMessage"] ?? "no reason given"))}`;
  } catch {
    // Collectors answer with nothing, too.
    return undefined;
  }
}

function checkedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new FrugalError({
    code: "bad-option",
    what: `--push ${text}`,
    why: "it is no http or https address",
    remedy: "give one such as http://localhost:9091",
  });
}

const trimmed = (path: string): string => path.replace(/\/+$/, "");
const short = (text: string): string => text.trim().slice(0, SHOWN_CHARACTERS);
/** Without user, password and query: they may be secrets. */
export const shown = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

const refused = (url: URL, why: string): FrugalError =>
  new FrugalError({
    code: "export-refused",
    what: `pushing to ${shown(url)}`,
    why,
    remedy: "check the address, its credentials (--header) and the receiver's own log",
  });

const unreachable = (url: URL, why: string, cause?: unknown): FrugalError =>
  new FrugalError({
    code: "network-unavailable",
    what: `pushing to ${shown(url)}`,
    why,
    remedy: "check the address and the connection, or write a file with --output",
    cause,
  });
