/** A TensorProto as a reference: whatever field holds its values, they become little-endian bytes or the place of such bytes. */
import { dirname, join } from "node:path";
import { joinBytes } from "../join-bytes.ts";
import { byteSize, type Data, DTYPE_BITS, type FileSpan, type TensorRef } from "../tensor-ref.ts";
import { EXTERNAL, externalPlace } from "./external-data.ts";
import type { FileWindow } from "./file-window.ts";
import type { Message } from "./schema.ts";
import { encodeStrings } from "./string-tensor.ts";
import { tensorType } from "./tensor-types.ts";

export interface TensorSource {
  readonly window: FileWindow;
  /** Told of every tensor whose data lies in another file, whose size has yet to be checked. */
  readonly onExternal: (span: FileSpan, at: number) => void;
}

/** @throws "bad-model" when type, shape and data do not fit together. */
export function readTensor(source: TensorSource, message: Message<"tensor">): TensorRef {
  const { window } = source;
  const at = message.at ?? 0;
  const name = `tensor '${message.name ?? ""}'`;
  const type = tensorType(Number(message.dataType ?? 0));
  if (type === undefined) throw window.damaged(at, `${name} has data type ${message.dataType ?? 0}`);
  if (message.segment !== undefined) throw window.damaged(at, `${name} is stored in segments`);
  const { dtype, field } = type;
  const shape = (message.dims ?? []).map((side) => {
    if (typeof side === "number" && side >= 0) return side;
    throw window.damaged(at, `${name} has a side of ${side}`);
  });
  const count = shape.reduce((product, side) => product * side, 1);
  if (dtype === "string") {
    const strings = message.stringData ?? [];
    if (strings.length !== count)
      throw window.damaged(at, `${name} has ${strings.length} of ${count} strings`);
    return { dtype, shape, data: encodeStrings(strings) };
  }
  const size = byteSize(dtype, shape);
  if (!Number.isSafeInteger(size)) throw window.damaged(at, `${name} has ${count} elements`);
  const data = message.location === EXTERNAL ? external(source, message, size) : inline();
  const length = data.length;
  if (length !== size) {
    throw window.damaged(at, `${name}, ${dtype} [${shape.join(", ")}], has ${length} of ${size} bytes`);
  }
  return { dtype, shape, data };

  function inline(): Data {
    if (message.raw !== undefined) return message.raw;
    if (field === "floatData" || field === "doubleData") return oneRun(window, at, message[field] ?? []);
    const bytesEach = Math.max(1, DTYPE_BITS[dtype as keyof typeof DTYPE_BITS] / 8);
    const bytes = integerBytes(message[field as "int32Data"] ?? [], bytesEach);
    if (bytes === undefined) throw window.damaged(at, `${name} holds a value that is no ${dtype}`);
    return bytes;
  }
}

function external({ window, onExternal }: TensorSource, message: Message<"tensor">, size: number): Data {
  const at = message.at ?? 0;
  const place = externalPlace(message.external ?? []);
  if ("why" in place) throw window.damaged(at, `tensor '${message.name ?? ""}' ${place.why}`);
  if (size === 0) return new Uint8Array();
  const { location, offset, length = size } = place;
  const span = { path: join(dirname(window.path), location), offset, length };
  onExternal(span, at);
  return span;
}

/** Unpacked values come one by one; a packed run may be too long to be here. */
function oneRun(window: FileWindow, at: number, parts: readonly Data[]): Data {
  if (parts.length === 1) return parts[0]!;
  const bytes = parts.filter((part) => part instanceof Uint8Array);
  if (bytes.length < parts.length) throw window.damaged(at, "the values of a large tensor come in pieces");
  return joinBytes(bytes);
}

/** undefined when a value fits neither the signed nor the unsigned type of that width. */
function integerBytes(values: readonly (number | bigint)[], bytesEach: number): Uint8Array | undefined {
  const bytes = new Uint8Array(values.length * bytesEach);
  const view = new DataView(bytes.buffer);
  const limit = 2 ** (8 * bytesEach);
  for (const [index, value] of values.entries()) {
    const at = index * bytesEach;
    if (bytesEach === 8) {
      view.setBigInt64(at, BigInt(value), true);
      continue;
    }
    if (value < -limit / 2 || value >= limit) return undefined;
    if (bytesEach === 1) view.setUint8(at, Number(value));
    else if (bytesEach === 2) view.setUint16(at, Number(value), true);
    else view.setUint32(at, Number(value), true);
  }
  return bytes;
}
