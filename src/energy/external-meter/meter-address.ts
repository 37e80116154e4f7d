import type { Environment } from "../../core/ports.ts";
import type { Question } from "./ask-meter.ts";
import { withoutSecrets } from "./meter-spec.ts";

/** For meters behind a login, such as Home Assistant (a long-lived access token). */
export const TOKEN = "FRUGAL_METER_TOKEN";

/** A URL that may hold user and password, which fetch itself refuses, as a question to ask. */
export function questionOf(given: string, env: Environment): Omit<Question, "timeoutMs"> {
  const url = new URL(given);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  const token = env[TOKEN];
  const basic = `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}`;
  const authorization = username !== "" ? basic : token ? `Bearer ${token}` : undefined;
  return {
    url: url.href,
    name: withoutSecrets(given),
    login: `set ${TOKEN}, or write the user into the URL (http://user:password@…); digest login is not supported`,
    ...(authorization !== undefined && { init: { headers: { authorization } } }),
  };
}
