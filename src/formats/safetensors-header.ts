/** The JSON header of a safetensors file: which tensor lies where (huggingface/safetensors, README, "Format"). */
import { FrugalError } from "../core/error.ts";
import { byteSize, DTYPE_BITS, type Dtype } from "./tensor-ref.ts";

export interface HeaderEntry {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Within the data, which begin after the header. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, HeaderEntry>;
}

/** safetensors/src/tensor.rs, enum Dtype. */
const DTYPES: ReadonlyMap<string, Dtype> = new Map([
  ["BOOL", "bool"], ["U8", "uint8"], ["I8", "int8"], ["F8_E5M2", "float8e5m2"], ["F8_E4M3", "float8e4m3fn"],
  ["I16", "int16"], ["U16", "uint16"], ["F16", "float16"], ["BF16", "bfloat16"], ["I32", "int32"], ["U32", "uint32"],
  ["F32", "float32"], ["I64", "int64"], ["U64", "uint64"], ["F64", "float64"],
]); // biome-ignore format: one line reads as one row
/** Of the same enum, for which nothing here computes. */
const FOREIGN_DTYPES = ["F4", "F6_E2M3", "F6_E3M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "C64"];
const NAMES: ReadonlyMap<Dtype, string> = new Map([...DTYPES].map(([name, dtype]) => [dtype, name]));

const METADATA = "__metadata__";

export type Damaged = (why: string, cause?: unknown) => FrugalError;

/** @throws what `damaged` makes; "unsupported-input" for a dtype that nothing here computes with. */
export function parseHeader(text: Uint8Array, dataBytes: number, damaged: Damaged): SafetensorsHeader {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch (thrown) {
    throw damaged("its header is not JSON", thrown);
  }
  if (typeof header !== "object" || header === null) throw damaged("its header is no object");
  const tensors = new Map<string, HeaderEntry>();
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA) {
      metadata = parseMetadata(entry, damaged);
      continue;
    }
    const parsed = parseEntry(name, entry, damaged);
    if (parsed.end > dataBytes) throw damaged(`${name} would end at byte ${parsed.end} of ${dataBytes}`);
    tensors.set(name, parsed);
  }
  checkCovered([...tensors.values()], dataBytes, damaged);
  return { metadata, tensors };
}

/** No gap and no overlap, as the format asks: every byte belongs to one tensor. */
function checkCovered(entries: HeaderEntry[], dataBytes: number, damaged: Damaged): void {
  let covered = 0;
  for (const { begin, end } of entries.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) throw damaged(`its tensors do not follow one another at byte ${covered}`);
    covered = end;
  }
  if (covered !== dataBytes) throw damaged(`${dataBytes - covered} bytes belong to no tensor`);
}

function parseMetadata(entry: unknown, damaged: Damaged): ReadonlyMap<string, string> {
  const pairs = typeof entry === "object" && entry !== null ? Object.entries(entry) : undefined;
  if (!pairs?.every((pair): pair is [string, string] => typeof pair[1] === "string")) {
    throw damaged("its metadata are not texts by name");
  }
  return new Map(pairs);
}

function parseEntry(name: string, entry: unknown, damaged: Damaged): HeaderEntry {
  const { dtype: stored, shape, data_offsets: span } = (entry ?? {}) as Record<string, unknown>;
  const isCounts = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);
  const dtype = typeof stored === "string" ? DTYPES.get(stored) : undefined;
  if (dtype === undefined && FOREIGN_DTYPES.includes(stored as string)) {
    throw new FrugalError({
      code: "unsupported-input",
      what: `the tensor ${name} is of type ${String(stored)}`,
      why: `only ${[...DTYPES.keys()].join(", ")} are computed with`,
      remedy: "use a version of the model whose weights are stored in one of these",
    });
  }
  if (dtype === undefined || !isCounts(shape) || !isCounts(span) || span.length !== 2) {
    throw damaged(`the entry of ${name} is not that of a tensor`);
  }
  const [begin, end] = span as [number, number];
  if (end - begin !== byteSize(dtype, shape)) throw damaged(`the bytes of ${name} do not fit its shape`);
  return { dtype, shape, begin, end };
}

/**
 * The bytes before the data, and the order in which the data follow: wide elements first, as the reference writer does, so that each
 * tensor lies at a multiple of its element's size and can be used in place from a mapped file.
 * @throws "unsupported-input" for a dtype that the format does not have.
 */
export function encodeHeader(
  tensors: ReadonlyMap<string, { readonly dtype: Dtype; readonly shape: readonly number[] }>,
  metadata: ReadonlyMap<string, string> = new Map(),
): { readonly bytes: Uint8Array; readonly order: readonly string[]; readonly dataBytes: number } {
  const bits = (name: string): number => DTYPE_BITS[tensors.get(name)!.dtype as keyof typeof DTYPE_BITS];
  const order = [...tensors.keys()];
  for (const name of order) storedName(name, tensors.get(name)!.dtype);
  order.sort((a, b) => bits(b) - bits(a));
  const entries: [string, object][] = metadata.size === 0 ? [] : [[METADATA, Object.fromEntries(metadata)]];
  let end = 0;
  for (const name of order) {
    const { dtype, shape } = tensors.get(name)!;
    const begin = end;
    end += byteSize(dtype, shape);
    entries.push([name, { dtype: storedName(name, dtype), shape, data_offsets: [begin, end] }]);
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  // Blanks at the end keep what follows aligned to 8 bytes.
  const padded = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(text, 8);
  return { bytes, order, dataBytes: end };
}

function storedName(name: string, dtype: Dtype): string {
  const stored = NAMES.get(dtype);
  if (stored !== undefined && name !== METADATA) return stored;
  throw new FrugalError({
    code: "unsupported-input",
    what: `cannot store the tensor ${name} as safetensors`,
    why: stored === undefined ? `the format has no type ${dtype}` : "the format uses this name for itself",
    remedy: "convert it to another type, or name it otherwise",
  });
}
