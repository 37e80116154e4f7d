/** Bytes to lines of text: strict UTF-8, bounded memory, every failure named by line and byte. */
import { FrugalError } from "../core/error.ts";
import { joinBytes } from "./join-bytes.ts";

export interface TextLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** A longer line is a file in another format, not a text for a model: 16 MiB is about a thousand novels' pages. */
export const LARGEST_LINE_BYTES: number = 16 * 1024 * 1024;

const LINE_FEED = 0x0a;

/**
 * Lines end with LF or CRLF; the last may end with the file. A byte order mark at the start is dropped.
 * @throws "line-too-long" without holding more than `largest` bytes, "not-utf8" with line and byte offset.
 */
export async function* textLines(
  name: string,
  source: AsyncIterable<Uint8Array>,
  largest: number = LARGEST_LINE_BYTES,
): AsyncGenerator<TextLine> {
  let parts: Uint8Array[] = [];
  let held = 0;
  let number = 1;
  /** Offset in the whole source of the line that is being gathered. */
  let lineStart = 0;
  const take = (part: Uint8Array): void => {
    held += part.length;
    if (held > largest) throw tooLong(name, number, largest);
    // Streams may reuse their buffers.
    if (part.length > 0) parts.push(part.slice());
  };
  const finish = (): TextLine => {
    const line = { number, text: decode(name, joinBytes(parts), number, lineStart) };
    lineStart += held + 1;
    number++;
    parts = [];
    held = 0;
    return line;
  };
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      take(chunk.subarray(start, end));
      yield finish();
      start = end + 1;
    }
    take(chunk.subarray(start));
  }
  if (held > 0) yield finish();
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(name: string, bytes: Uint8Array, number: number, lineStart: number): string {
  let text: string;
  try {
    text = strict.decode(bytes);
  } catch (thrown) {
    const at = lineStart + firstBadByte(bytes);
    throw new FrugalError({
      code: "not-utf8",
      what: `${name} is not UTF-8 text`,
      why: `the byte at offset ${at}, in line ${number}, does not fit`,
      remedy: `convert it first, for instance: iconv -f WINDOWS-1252 -t UTF-8 ${name}`,
      cause: thrown,
    });
  }
  if (number === 1 && text.startsWith("\ufeff")) text = text.slice(1);
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}

/** Where decoding with U+FFFD first differs from the bytes: the replacement's own UTF-8 is EF BF BD. */
function firstBadByte(bytes: Uint8Array): number {
  const again = new TextEncoder().encode(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  const different = again.findIndex((byte, at) => byte !== bytes[at]);
  return different < 0 ? bytes.length : different;
}

const tooLong = (name: string, number: number, largest: number): FrugalError =>
  new FrugalError({
    code: "line-too-long",
    what: `line ${number} of ${name} is too long`,
    why: `it has more than ${largest} bytes`,
    remedy: "put each text on a line of its own; binary data is not text",
  });
