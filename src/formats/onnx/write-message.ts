/** Messages of the schema table as bytes and, for tensors that lie in a file, the places of bytes. */
import { invariant } from "../../core/error.ts";
import { joinBytes } from "../join-bytes.ts";
import type { Data } from "../tensor-ref.ts";
import { FIELDS, type Field, isMessage, type Message, type MessageName } from "./schema.ts";
import { encodeVarint } from "./string-tensor.ts";

export interface Encoded {
  readonly parts: readonly Data[];
  readonly length: number;
}

/** Larger contents become a part of their own rather than being copied from message to message. */
const LONGEST_COPIED = 1_024;

/** Fields in the order of their numbers, then what was kept: the same message always gives the same bytes. */
export function encodeMessage<M extends MessageName>(type: M, message: Message<M>): Encoded {
  const parts: Data[] = [];
  let length = 0;
  let small: Uint8Array[] = [];
  const flush = (): void => {
    if (small.length > 0) parts.push(joinBytes(small));
    small = [];
  };
  const push = (part: Data): void => {
    length += part.length;
    if (part instanceof Uint8Array && part.length <= LONGEST_COPIED) small.push(part);
    else {
      flush();
      parts.push(part);
    }
  };
  for (const field of FIELDS[type]) {
    const value = (message as Record<string, unknown>)[field.name];
    if (value === undefined || field.kind === "skip") continue;
    for (const one of field.repeated ? (value as readonly unknown[]) : [value]) {
      for (const part of encodeField(field, one)) push(part);
    }
  }
  if (message.kept !== undefined) push(message.kept);
  flush();
  return { parts, length };
}

/** Of messages whose tensors are all in memory. */
export function encodeWhole<M extends MessageName>(type: M, message: Message<M>): Uint8Array {
  return joinBytes(
    encodeMessage(type, message).parts.map((part) => {
      invariant(part instanceof Uint8Array, "a message with tensors in files is encoded in parts");
      return part;
    }),
  );
}

/** Repeated numbers are written one by one: onnx.proto3 packs only those of tensors, which are written as raw bytes. */
function encodeField({ number, kind }: Field, value: unknown): readonly Data[] {
  if (isMessage(kind)) {
    const { parts, length } = encodeMessage(kind, value as Message<typeof kind>);
    return [...delimited(number, length), ...parts];
  }
  switch (kind) {
    case "int":
      return [encodeVarint(number * 8), encodeInt64(value as number | bigint)];
    case "float": {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setFloat32(0, value as number, true);
      return [encodeVarint(number * 8 + 5), bytes];
    }
    case "string": {
      const bytes = new TextEncoder().encode(value as string);
      return [...delimited(number, bytes.length), bytes];
    }
    case "bytes":
    case "data": {
      const content = value as Data;
      return [...delimited(number, content.length), content];
    }
    case "skip":
      return [];
    default:
      return kind satisfies never;
  }
}

const delimited = (number: number, length: number): readonly Uint8Array[] => [
  encodeVarint(number * 8 + 2),
  encodeVarint(length),
];

/** A negative number takes ten bytes: it is written as the 64-bit pattern. */
function encodeInt64(value: number | bigint): Uint8Array {
  if (typeof value === "number" && value >= 0) return encodeVarint(value);
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.from([...bytes, Number(rest)]);
}
