/**
 * What a mail says: its text without any header, decoded (RFC 5322; MIME: RFC 2045 to 2047). Real mail breaks every rule, so nothing
 * here fails: what cannot be decoded is read as plain bytes.
 */
import { htmlText, looksLikeHtml } from "./html-text.ts";

interface Part {
  /** `text/plain`, lower case. */
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly encoding: string;
  readonly isAttachment: boolean;
  /** One character per byte. */
  readonly body: string;
}

/** Deeper nesting is an attack or a loop. */
const DEEPEST = 8;

/** The readable parts: of alternatives the plain one, attachments and pictures left out, HTML as the text it shows. */
export function mailText(mail: Uint8Array): string {
  const bytes = Buffer.from(mail.buffer, mail.byteOffset, mail.byteLength).toString("latin1");
  return partText(readPart(bytes), 0).replaceAll(/[^\S\n]+/g, " ").replaceAll(/ ?\n ?/g, "\n")
    .replaceAll(/\n{3,}/g, "\n\n").trim(); // biome-ignore format: one chain of one thought
}

function readPart(bytes: string): Part {
  // A part may start with its body: then the first line is empty.
  const end = /^\r?\n|\r?\n\r?\n/.exec(bytes);
  const head = end === null ? bytes : bytes.slice(0, end.index);
  const headers = readHeaders(head);
  const [type = "", ...parameters] = splitParameters(headers.get("content-type") ?? "text/plain");
  return {
    type: type.toLowerCase(),
    parameters: Object.fromEntries(parameters.map(readParameter)),
    encoding: (headers.get("content-transfer-encoding") ?? "").toLowerCase().trim(),
    isAttachment: /^\s*attachment/i.test(headers.get("content-disposition") ?? ""),
    body: end === null ? "" : bytes.slice(end.index + end[0].length),
  };
}

/** Names in lower case, folded lines joined (RFC 5322, 2.2.3); the first of several counts. */
function readHeaders(head: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of head.replaceAll(/\r?\n[ \t]+/g, " ").split(/\r?\n/)) {
    const [, name, value] = /^([!-9;-~]+)[ \t]*:(.*)$/.exec(line) ?? [];
    const key = name?.toLowerCase();
    if (key !== undefined && !headers.has(key)) headers.set(key, value!.trim());
  }
  return headers;
}

/** At semicolons, but not those within quotes: boundaries contain them. */
const splitParameters = (value: string): string[] =>
  (value.match(/(?:"(?:\\.|[^"\\])*"|[^;])+/g) ?? []).map((part) => part.trim());

function readParameter(text: string): [string, string] {
  const at = text.indexOf("=");
  const value = text.slice(at + 1).trim();
  const quoted = /^"((?:\\.|[^"\\])*)"/.exec(value);
  return [
    text.slice(0, Math.max(0, at)).trim().toLowerCase(),
    quoted === null ? value : quoted[1]!.replaceAll(/\\(.)/g, "$1"),
  ];
}

function partText(part: Part, depth: number): string {
  if (part.isAttachment || depth > DEEPEST) return "";
  if (part.type.startsWith("multipart/")) {
    const inner = splitParts(part);
    // Said to have parts but has none: what is there is text.
    return inner === undefined ? decoded(part) : partsText(part.type, inner, depth);
  }
  if (part.type === "message/rfc822") return partText(readPart(part.body), depth + 1);
  if (!part.type.startsWith("text/") && part.type.includes("/")) return "";
  const text = decoded(part);
  return part.type === "text/html" || looksLikeHtml(text) ? htmlText(text) : text;
}

function partsText(type: string, parts: readonly Part[], depth: number): string {
  const texts = parts.map((part) => partText(part, depth + 1));
  if (type !== "multipart/alternative") return texts.join("\n\n");
  const plain = parts.findIndex((part, at) => part.type === "text/plain" && texts[at]!.trim() !== "");
  return plain >= 0 ? texts[plain]! : (texts.findLast((text) => text.trim() !== "") ?? "");
}

/** Between the delimiter lines (RFC 2046, 5.1.1); what stands before the first and after the last is for no one. */
function splitParts({ parameters, body }: Part): readonly Part[] | undefined {
  const boundary = parameters["boundary"];
  if (boundary === undefined || boundary === "") return undefined;
  const parts: Part[] = [];
  let lines: string[] | undefined;
  const finish = (): void => {
    if (lines !== undefined) parts.push(readPart(lines.join("\n")));
  };
  for (const line of body.split(/\r?\n/)) {
    const isDelimiter = line.startsWith(`--${boundary}`);
    if (!isDelimiter) lines?.push(line);
    else {
      finish();
      if (line.startsWith(`--${boundary}--`)) return parts;
      lines = [];
    }
  }
  finish();
  return parts.length === 0 ? undefined : parts;
}

function decoded({ encoding, parameters, body }: Part): string {
  const bytes = Buffer.from(transferred(encoding, body), "latin1");
  return inCharset(parameters["charset"] ?? "", bytes);
}

function transferred(encoding: string, body: string): string {
  if (encoding === "base64") return Buffer.from(body, "base64").toString("latin1");
  if (encoding !== "quoted-printable") return body;
  return body
    .replaceAll(/[ \t]+(?=\r?\n)/g, "")
    .replaceAll(/=\r?\n/g, "")
    .replaceAll(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** As declared where that works; else UTF-8 where the bytes are that, else Western. */
function inCharset(charset: string, bytes: Uint8Array): string {
  if (charset !== "" && !/^us-ascii$/i.test(charset)) {
    try {
      const decoder = new TextDecoder(charset, { fatal: true });
      return decoder.encoding === "windows-1252" ? western(bytes) : decoder.decode(bytes);
    } catch {
      // An unknown name, or bytes that do not fit it.
    }
  }
  try {
    return utf8.decode(bytes);
  } catch {
    return western(bytes);
  }
}

/** 0x80 … 0x9F of windows-1252 (WHATWG Encoding, index windows-1252); the five that it leaves open are spaces. */
const WESTERN = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

/**
 * What mail programs mean by Latin-1, too. Node 20 decodes windows-1252 as Latin-1 (github.com/nodejs/node/issues/56542), so the table is
 * ours.
 */
const western = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString("latin1")
    .replaceAll(/[\x80-\x9f]/g, (character) => WESTERN[character.charCodeAt(0) - 0x80]!);
