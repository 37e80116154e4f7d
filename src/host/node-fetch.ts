import type { Fetch, FetchInit } from "../core/ports.ts";

export const nodeFetch: Fetch = async (url, init) => {
  const { allowSelfSigned, ...rest } = init ?? {};
  return allowSelfSigned === true ? await fetchSelfSigned(url, rest) : await globalThis.fetch(url, rest);
};

/** A management controller's answers are a few kilobytes. */
const MOST_BYTES = 16_777_216;

/**
 * The global `fetch` has no way to take a self-signed certificate for one request only, and for the whole process would
 * be for everybody: so node:https asks. Redirects are not followed; the answer is read whole.
 */
async function fetchSelfSigned(url: string, init: FetchInit): Promise<Response> {
  const { request } = await import("node:https");
  const body = typeof init.body === "string" ? init.body : undefined;
  const headers = Object.fromEntries(new Headers(init.headers));
  return await new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: init.method ?? "GET",
        headers:
          body === undefined ? headers : { ...headers, "content-length": String(Buffer.byteLength(body)) },
        rejectUnauthorized: false,
        ...(init.signal && { signal: init.signal }),
      },
      (answer) => {
        const parts: Buffer[] = [];
        let size = 0;
        answer.on("data", (part: Buffer) => {
          size += part.length;
          if (size > MOST_BYTES) sent.destroy(new Error("the answer is too long"));
          else parts.push(part);
        });
        answer.on("error", reject);
        answer.on("end", () => {
          const found = new Headers();
          for (const [name, value] of Object.entries(answer.headers))
            for (const each of [value].flat()) if (each !== undefined) found.append(name, each);
          const status = answer.statusCode ?? 500;
          // These have no body by definition, and Response refuses one (Fetch, "null body status").
          const isEmpty = status === 204 || status === 205 || status === 304;
          resolve(new Response(isEmpty ? null : Buffer.concat(parts), { status, headers: found }));
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}
