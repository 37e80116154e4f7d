/** Takes values off the start of a GGUF file, never more than the file can hold (ggml-org/ggml, docs/gguf.md). */
import { FrugalError } from "../../core/error.ts";
import {
  GGUF_TYPES,
  type GgufArray,
  type GgufItemType,
  type GgufType,
  type GgufValue,
} from "./gguf-values.ts";

/** The header goes on after the bytes at hand. */
export class HeaderGoesOn extends Error {}

const ITEM_BYTES: Readonly<Record<GgufItemType, number>> = {
  uint8: 1, int8: 1, bool: 1, uint16: 2, int16: 2, uint32: 4, int32: 4, float32: 4, uint64: 8, int64: 8, float64: 8,
  string: 8,
}; // biome-ignore format: one line reads as one row

/** A byte order mark is a token like others. */
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

export class HeaderReader {
  at = 0;
  readonly #file: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #fileBytes: number;

  constructor(file: string, bytes: Uint8Array, fileBytes: number) {
    this.#file = file;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fileBytes = fileBytes;
  }

  damaged(why: string): FrugalError {
    return new FrugalError({
      code: "bad-model",
      what: `${this.#file} is no whole GGUF file`,
      why,
      remedy: "copy or make the file again",
    });
  }

  /** Where the next `length` bytes begin, which are then read. */
  #take(length: number): number {
    const from = this.at;
    const end = from + length;
    if (end > this.#fileBytes)
      throw this.damaged(`its header ends at byte ${this.#fileBytes}, in the middle`);
    if (end > this.#bytes.length) throw new HeaderGoesOn();
    this.at = end;
    return from;
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** As a number; none in a file that exists is larger than 2^53. */
  uint64(): number {
    const value = this.#view.getBigUint64(this.#take(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.damaged(`it has a size of ${value}`);
    return Number(value);
  }

  /** Of things that take at least `itemBytes` each. */
  count(what: string, { itemBytes, most }: { readonly itemBytes: number; readonly most: number }): number {
    const count = this.uint64();
    if (count > most || count * itemBytes > this.#fileBytes) {
      throw this.damaged(`it would have ${count} ${what}`);
    }
    return count;
  }

  /** Pieces of characters, which some vocabularies hold, become U+FFFD. */
  string(): string {
    const length = this.uint64();
    const from = this.#take(length);
    return UTF8.decode(this.#bytes.subarray(from, from + length));
  }

  value(key: string): GgufValue {
    const type = this.#type(key);
    if (type !== "array") return { type, value: this.#item(type) };
    const of = this.#type(key);
    // As ggml: no array of arrays.
    if (of === "array") throw this.damaged(`the value of ${key} is an array of arrays`);
    const count = this.count(`items in ${key}`, { itemBytes: ITEM_BYTES[of], most: Number.MAX_SAFE_INTEGER });
    return { type, of, value: this.#array(of, count) };
  }

  #type(key: string): GgufType {
    const id = this.uint32();
    const type = GGUF_TYPES[id];
    if (type === undefined) throw this.damaged(`the value of ${key} has the unknown type ${id}`);
    return type;
  }

  #item(type: GgufItemType): number | bigint | boolean | string {
    if (type === "string") return this.string();
    const [item] = this.#numbers(type, 1);
    return type === "bool" ? item !== 0 : item!;
  }

  #array(of: GgufItemType, count: number): GgufArray {
    if (of !== "string") return this.#numbers(of, count);
    const strings: string[] = [];
    for (let n = 0; n < count; n++) strings.push(this.string());
    return strings;
  }

  #numbers(type: Exclude<GgufItemType, "string">, count: number): Exclude<GgufArray, readonly string[]> {
    const length = count * ITEM_BYTES[type];
    const from = this.#take(length);
    const { buffer } = this.#bytes.slice(from, from + length);
    switch (type) {
      case "uint8":
      case "bool":
        return new Uint8Array(buffer);
      case "int8":
        return new Int8Array(buffer);
      case "uint16":
        return new Uint16Array(buffer);
      case "int16":
        return new Int16Array(buffer);
      case "uint32":
        return new Uint32Array(buffer);
      case "int32":
        return new Int32Array(buffer);
      case "float32":
        return new Float32Array(buffer);
      case "uint64":
        return new BigUint64Array(buffer);
      case "int64":
        return new BigInt64Array(buffer);
      case "float64":
        return new Float64Array(buffer);
      default:
        return type satisfies never;
    }
  }
}
