/** The bytes of a tensor of strings: each element is its length, as a protobuf varint, and its UTF-8 text. */
import { joinBytes } from "../join-bytes.ts";

export function encodeStrings(elements: readonly Uint8Array[]): Uint8Array {
  return joinBytes(elements.flatMap((element) => [encodeVarint(element.length), element]));
}

/** @param data as `encodeStrings` made it */
export function stringElements(data: Uint8Array): Uint8Array[] {
  const elements: Uint8Array[] = [];
  for (let at = 0; at < data.length; ) {
    let length = 0;
    let scale = 1;
    for (;;) {
      const byte = data[at++]!;
      length += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) break;
    }
    elements.push(data.subarray(at, at + length));
    at += length;
  }
  return elements;
}

/** @param value a whole number from 0 to 2^53 */
export function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}
