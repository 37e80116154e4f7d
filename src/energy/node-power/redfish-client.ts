import { FrugalError } from "../../core/error.ts";
import { type AskWorld, askMeter } from "../external-meter/ask-meter.ts";
import { type RedfishSettings, SELF_SIGNED } from "./redfish-settings.ts";

/** One management controller (DMTF DSP0266, Redfish Specification). */
export interface Redfish {
  /** A resource by its path; throws FrugalError. */
  get(path: string): Promise<unknown>;
  /** Ends the session, if there is one. */
  close(): void;
}

/** Controllers are slow: seconds for a request are usual. */
const TIMEOUT_MS = 10_000;
const SESSIONS = "/redfish/v1/SessionService/Sessions";
const NAME = "the management controller";

/**
 * Logs in by a session, whose token goes with each request (section 13.3.4.2), or by basic authentication where there are no
 * sessions. A session that has expired is opened again. Throws FrugalError.
 */
export async function openRedfish(world: AskWorld, settings: RedfishSettings): Promise<Redfish> {
  const { origin, user, password, allowSelfSigned } = settings;
  let headers: Record<string, string> = {};
  let session: string | undefined;

  const ask = async <T>(
    path: string,
    init: RequestInit,
    take: (response: Response) => Promise<T>,
  ): Promise<T> => {
    const question = {
      url: new URL(path, origin).href,
      name: NAME,
      timeoutMs: TIMEOUT_MS,
      login: "check FRUGAL_REDFISH_USER and FRUGAL_REDFISH_PASSWORD",
      init: { ...init, ...(allowSelfSigned && { allowSelfSigned }) },
    };
    try {
      return await askMeter(world, question, take);
    } catch (thrown) {
      throw withCertificateHint(thrown);
    }
  };
  const login = async (): Promise<void> => {
    const body = JSON.stringify({ UserName: user, Password: password });
    const init = {
      method: "POST",
      body,
      headers: { "content-type": "application/json", accept: "application/json" },
    };
    try {
      await ask(SESSIONS, init, async (response) => {
        const token = response.headers.get("x-auth-token");
        if (token === null) throw new Error("it opened no session");
        headers = { "x-auth-token": token };
        session = response.headers.get("location") ?? undefined;
      });
    } catch (thrown) {
      // Without sessions: 404 and 405, 501 by the specification, or an answer without a token.
      if (!(thrown instanceof FrugalError) || !/answered (404|405|501)|no session/.test(thrown.why))
        throw thrown;
      headers = { authorization: `Basic ${btoa(`${user}:${password}`)}` };
    }
  };
  const read = (path: string): Promise<unknown> =>
    ask(path, { headers: { ...headers, accept: "application/json" } }, (response) => response.json());

  await login();
  return {
    async get(path) {
      try {
        return await read(path);
      } catch (thrown) {
        const hasExpired =
          session !== undefined && thrown instanceof FrugalError && thrown.why.includes("(401)");
        if (!hasExpired) throw thrown;
        await login();
        return await read(path);
      }
    },
    close() {
      if (session === undefined) return;
      const path = new URL(session, origin).pathname;
      session = undefined;
      // Controllers allow few sessions; one that is not ended goes by itself after some minutes.
      ask(path, { method: "DELETE", headers }, async () => undefined).catch(() => {});
    },
  };
}

function withCertificateHint(thrown: unknown): unknown {
  if (!(thrown instanceof FrugalError) || !/certificate|self.signed/i.test(thrown.why)) return thrown;
  return new FrugalError({
    code: thrown.code,
    what: thrown.what,
    why: thrown.why,
    remedy: `give the controller a certificate that is trusted here (NODE_EXTRA_CA_CERTS), or, in a network of your own, set ${SELF_SIGNED}=1`,
    cause: thrown,
  });
}
