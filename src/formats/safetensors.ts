/**
 * safetensors: named tensors in one file (huggingface/safetensors, README, "Format"): the header's length as u64, a JSON header, then
 * the tensors' bytes without a gap, little-endian.
 */
import { FrugalError } from "../core/error.ts";
import { joinBytes } from "./join-bytes.ts";

export interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

const DTYPE_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1, U8: 1, I8: 1, F8_E5M2: 1, F8_E4M3: 1, I16: 2, U16: 2, F16: 2, BF16: 2,
  I32: 4, U32: 4, F32: 4, I64: 8, U64: 8, F64: 8,
}; // biome-ignore format: one line reads as one row
/** The reference reader's own limit (safetensors/src/tensor.rs, MAX_HEADER_SIZE): a larger one is damage. */
const LARGEST_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;

export function writeSafetensors(tensors: Readonly<Record<string, StoredTensor>>): Uint8Array {
  const header: Record<string, object> = {};
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
  }
  const text = JSON.stringify(header);
  // Blanks at the end keep what follows aligned to 8 bytes.
  const encoded = new TextEncoder().encode(text);
  const padded = new Uint8Array(Math.ceil(encoded.length / 8) * 8).fill(0x20);
  padded.set(encoded);
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);
  return joinBytes([length, padded, ...Object.values(tensors).map(({ bytes }) => bytes)]);
}

/** @throws "bad-model", naming `file`, when it is cut off or its header does not fit its content. */
export function readSafetensors(file: string, content: Uint8Array): Map<string, StoredTensor> {
  const damaged = (why: string, cause?: unknown): FrugalError =>
    new FrugalError({
      code: "bad-model",
      what: `${file} is no whole safetensors file`,
      why,
      remedy: "copy or make the file again",
      cause,
    });
  if (content.length < LENGTH_BYTES) throw damaged(`it has ${content.length} bytes`);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  const dataStart = LENGTH_BYTES + headerBytes;
  if (headerBytes > LARGEST_HEADER_BYTES || dataStart > content.length) {
    throw damaged(`its header would take ${headerBytes} bytes of ${content.length}`);
  }
  let header: unknown;
  try {
    header = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(content.subarray(LENGTH_BYTES, dataStart)),
    );
  } catch (thrown) {
    throw damaged("its header is not JSON", thrown);
  }
  if (typeof header !== "object" || header === null) throw damaged("its header is no object");
  const data = content.subarray(dataStart);
  const tensors = new Map<string, StoredTensor>();
  const spans: (readonly [begin: number, end: number])[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const parsed = parseEntry(entry);
    if (parsed === undefined) throw damaged(`the entry of ${name} is not that of a tensor`);
    const [begin, end] = parsed.span;
    if (end > data.length) throw damaged(`${name} would end at byte ${end} of ${data.length}`);
    spans.push(parsed.span);
    tensors.set(name, { ...parsed.tensor, bytes: data.subarray(begin, end) });
  }
  // No gap and no overlap, as the format asks: every byte belongs to one tensor.
  let covered = 0;
  for (const [begin, end] of spans.sort(([a, toA], [b, toB]) => a - b || toA - toB)) {
    if (begin !== covered) throw damaged(`its tensors do not follow one another at byte ${covered}`);
    covered = end;
  }
  if (covered !== data.length) throw damaged(`${data.length - covered} bytes belong to no tensor`);
  return tensors;
}

function parseEntry(
  entry: unknown,
): { tensor: Omit<StoredTensor, "bytes">; span: readonly [number, number] } | undefined {
  const { dtype, shape, data_offsets: span } = (entry ?? {}) as Record<string, unknown>;
  const isCounts = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);
  if (typeof dtype !== "string" || !isCounts(shape) || !isCounts(span) || span.length !== 2) return undefined;
  const [begin, end] = span as [number, number];
  const size = shape.reduce((product, side) => product * side, DTYPE_BYTES[dtype] ?? Number.NaN);
  return end - begin === size ? { tensor: { dtype, shape }, span: [begin, end] } : undefined;
}

/** The nearest fp32 of each value. */
export function fp32Tensor(shape: readonly number[], values: Float64Array): StoredTensor {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of values.entries()) view.setFloat32(at * 4, value, true);
  return { dtype: "F32", shape, bytes };
}

export function fp32Values({ bytes }: StoredTensor): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(at * 4, true));
}
