/** Raw pixels to a PNG file (W3C PNG specification, third edition): 8 bits per channel, no filter, zlib at its default level. */
import { crc32, deflateSync } from "node:zlib";
import { invariant } from "../core/error.ts";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Colour types of the IHDR chunk by number of channels: grey, grey + alpha, RGB, RGBA. */
const COLOUR_TYPES: readonly (number | undefined)[] = [undefined, 0, 4, 2, 6];

/** @param data row by row, `channels` (1 … 4) bytes per pixel. */
export function writePng(width: number, height: number, channels: number, data: Uint8Array): Uint8Array {
  const colourType = COLOUR_TYPES[channels];
  invariant(colourType !== undefined, `a picture of ${channels} channels`);
  invariant(data.length === width * height * channels, "a picture's size and pixels differ");
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, colourType], 8);
  const stride = width * channels;
  const rows = new Uint8Array((stride + 1) * height);
  for (let row = 0; row < height; row++) {
    rows.set(data.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1);
  }
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array()),
  ]);
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}
