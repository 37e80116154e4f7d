/** A management controller as DMTF DSP0266 describes it: resources behind sessions or basic authentication. */
export interface FakeController {
  /** As the port `Fetch`. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  readonly sessions: () => number;
  /** Ends all sessions, as after a restart. */
  expire(): void;
  /** `METHOD path` of all requests. */
  readonly asked: readonly string[];
}

export interface ControllerFacts {
  readonly user: string;
  readonly password: string;
  /** Controllers of before 2015, and some small ones, have none. */
  readonly hasSessions?: boolean;
  /** By path; a function is asked each time. */
  readonly resources: Readonly<Record<string, unknown>>;
}

export function fakeController(facts: ControllerFacts): FakeController {
  const tokens = new Map<string, string>();
  const asked: string[] = [];
  let opened = 0;
  const basic = `Basic ${btoa(`${facts.user}:${facts.password}`)}`;
  const error = (status: number): Response =>
    Response.json({ error: { code: "Base.1.0.GeneralError" } }, { status });
  return {
    asked,
    sessions: () => tokens.size,
    expire: () => tokens.clear(),
    async fetch(url, init = {}) {
      const { pathname } = new URL(url);
      const method = init.method ?? "GET";
      const headers = new Headers(init.headers);
      asked.push(`${method} ${pathname}`);
      if (pathname === "/redfish/v1/SessionService/Sessions" && method === "POST") {
        if (facts.hasSessions === false) return error(404);
        const { UserName, Password } = JSON.parse(String(init.body));
        if (UserName !== facts.user || Password !== facts.password) return error(401);
        const [token, path] = [`token-${++opened}`, `${pathname}/${opened}`];
        tokens.set(token, path);
        return new Response("{}", { status: 201, headers: { "x-auth-token": token, location: path } });
      }
      const token = headers.get("x-auth-token");
      const isKnown = token === null ? headers.get("authorization") === basic : tokens.has(token);
      if (!isKnown) return error(401);
      if (method === "DELETE") {
        for (const [each, path] of tokens) if (path === pathname) tokens.delete(each);
        return new Response(null, { status: 204 });
      }
      const resource = facts.resources[pathname];
      if (resource === undefined) return error(404);
      return Response.json(typeof resource === "function" ? resource() : resource);
    },
  };
}

export const link = (path: string): { readonly "@odata.id": string } => ({ "@odata.id": path });
export const list = (...paths: readonly string[]): object => ({ Members: paths.map(link) });
