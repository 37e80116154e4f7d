/**
 * WAV files to mono samples in −1 … 1. RIFF/WAVE as in Microsoft's "Multiple channel audio data and WAVE files":
 * PCM of 8 (unsigned), 16, 24, 32 bits, IEEE float of 32 and 64 bits, and WAVE_FORMAT_EXTENSIBLE around either.
 */
import { FrugalError } from "../core/error.ts";

export interface Sound {
  readonly samples: Float32Array;
  readonly rateHz: number;
}

interface Format {
  readonly code: number;
  readonly channels: number;
  readonly rateHz: number;
  readonly bits: number;
}

const PCM = 1;
const IEEE_FLOAT = 3;
const EXTENSIBLE = 0xfffe;
const LARGEST_RATE = 768_000;

/** @throws "unsupported-input" for what is not a whole WAV file, "empty-input" for one without samples. */
export function readWav(name: string, bytes: Uint8Array): Sound {
  const refuse = (why: string): FrugalError =>
    new FrugalError({
      code: "unsupported-input",
      what: `cannot read ${name} as WAV`,
      why,
      remedy: "give a PCM or float WAV file, for instance: ffmpeg -i INPUT -ac 1 -c:a pcm_s16le OUTPUT.wav",
    });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || tag(view, 0) !== "RIFF" || tag(view, 8) !== "WAVE")
    throw refuse("it has no RIFF/WAVE header");
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [id, size, start] = [tag(view, at), view.getUint32(at + 4, true), at + 8];
    if (id === "fmt ") {
      if (size < 16 || start + size > bytes.length) throw refuse("its format chunk is cut off");
      format = readFormat(view, start, size);
    }
    if (id === "data") {
      if (format === undefined) throw refuse("its samples come before their format");
      const present = bytes.length - start;
      // Writers that stream leave 0xFFFFFFFF or 0 as the size, meaning "to the end of the file".
      const streamed = size === 0xffffffff || (size === 0 && present > 0);
      if (!streamed && size > present)
        throw refuse(`it is cut off: ${present} of ${size} bytes of samples are there`);
      return decode(name, view, start, streamed ? present : size, format, refuse);
    }
    at = start + size + (size % 2);
  }
  throw refuse("it has no samples");
}

const tag = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));

function readFormat(view: DataView, at: number, size: number): Format {
  const code = view.getUint16(at, true);
  return {
    // The real code is the first two bytes of the sub-format's GUID.
    code: code === EXTENSIBLE && size >= 40 ? view.getUint16(at + 24, true) : code,
    channels: view.getUint16(at + 2, true),
    rateHz: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  };
}

type Read = (view: DataView, at: number) => number;
const READERS: Readonly<Record<string, Read>> = {
  [`${PCM}:8`]: (view, at) => (view.getUint8(at) - 128) / 128,
  [`${PCM}:16`]: (view, at) => view.getInt16(at, true) / 32_768,
  [`${PCM}:24`]: (view, at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65_536) / 8_388_608,
  [`${PCM}:32`]: (view, at) => view.getInt32(at, true) / 2_147_483_648,
  [`${IEEE_FLOAT}:32`]: (view, at) => view.getFloat32(at, true),
  [`${IEEE_FLOAT}:64`]: (view, at) => view.getFloat64(at, true),
};

function decode(
  name: string,
  view: DataView,
  start: number,
  size: number,
  { code, channels, rateHz, bits }: Format,
  refuse: (why: string) => FrugalError,
): Sound {
  const read = READERS[`${code}:${bits}`];
  if (read === undefined) throw refuse(`its encoding is code ${code} with ${bits} bits`);
  if (channels === 0) throw refuse("it has no channels");
  if (rateHz === 0 || rateHz > LARGEST_RATE) throw refuse(`its rate is ${rateHz} Hz`);
  const width = bits / 8;
  const count = Math.floor(size / (width * channels));
  if (count === 0) {
    throw new FrugalError({
      code: "empty-input",
      what: `${name} is empty`,
      why: "it holds no samples",
      remedy: "give a recording with sound in it",
    });
  }
  const samples = new Float32Array(count);
  for (let frame = 0; frame < count; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      sum += read(view, start + (frame * channels + channel) * width);
    }
    if (!Number.isFinite(sum)) throw refuse(`sample ${frame} is not a number`);
    samples[frame] = sum / channels;
  }
  return { samples, rateHz };
}

/** 16-bit mono PCM; samples outside −1 … 1 are clipped. */
export function writeWav({ samples, rateHz }: Sound): Uint8Array {
  const bytes = new Uint8Array(44 + samples.length * 2);
  const view = new DataView(bytes.buffer);
  const put = (at: number, text: string): void => {
    for (let index = 0; index < text.length; index++) view.setUint8(at + index, text.charCodeAt(index));
  };
  put(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  put(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rateHz, true);
  view.setUint32(28, rateHz * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  put(36, "data");
  view.setUint32(40, samples.length * 2, true);
  for (const [index, sample] of samples.entries()) {
    view.setInt16(44 + index * 2, Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), true);
  }
  return bytes;
}
