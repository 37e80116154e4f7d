import type { Fetch } from "../../src/core/ports.ts";

export interface FakeAnswer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Never answers; rejects when the signal aborts. */
  readonly silent?: boolean;
}

export interface FakeFetch {
  readonly fetch: Fetch;
  /** `GET url` of every call, in order. */
  readonly calls: readonly string[];
  /** Headers of the last call. */
  readonly lastHeaders: () => Record<string, string>;
}

/**
 * Answers by the first pattern that the URL contains; a text body is sent as it is, anything else as JSON. `failAt`
 * makes the n-th call (1-based) fail as a broken connection does, so that failure can be swept.
 */
export function fakeFetch(
  answers: Readonly<Record<string, FakeAnswer | ((url: string) => FakeAnswer)>>,
  failAt = 0,
): FakeFetch {
  const calls: string[] = [];
  let headers: Record<string, string> = {};
  return {
    calls,
    lastHeaders: () => headers,
    fetch: async (url, init) => {
      calls.push(`${init?.method ?? "GET"} ${url}`);
      headers = { ...(init?.headers as Record<string, string>) };
      if (calls.length === failAt) throw new TypeError("fetch failed");
      const found = Object.entries(answers).find(([pattern]) => url.includes(pattern))?.[1];
      const answer = typeof found === "function" ? found(url) : found;
      if (answer === undefined) throw new TypeError(`fetch failed: nothing listens at ${url}`);
      if (answer.silent) {
        return await new Promise((_, reject) => {
          init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
        });
      }
      const body = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? {});
      return new Response(body, {
        status: answer.status ?? 200,
        ...(answer.headers && { headers: answer.headers }),
      });
    },
  };
}
