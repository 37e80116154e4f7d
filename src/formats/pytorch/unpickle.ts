/**
 * Reads the pickles of PyTorch's state dicts as data: nothing in a pickle is ever run. Opcodes as CPython defines them
 * (python/cpython, Lib/pickletools.py), of protocols 2 to 5, and of those only the ones that state dicts are made of, as in PyTorch's
 * own restricted reader (pytorch/pytorch, torch/_weights_only_unpickler.py).
 *
 * The machine has no recursion, and each opcode makes at most one thing: time and memory are bounded by the limits below.
 */

/** What `import`ed names and references to storages mean. Functions are ours: they stand for what PyTorch would call. */
export interface PickleMeaning {
  /** @throws for a name that is not known. */
  global(module: string, name: string): unknown;
  /** @throws for a reference that is not known. */
  persistent(id: unknown): unknown;
}

export type PickleFunction = (args: readonly unknown[]) => unknown;

export class PickleTuple {
  readonly items: readonly unknown[];
  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

export class DamagedPickle extends Error {}
/** Well formed, as far as one sees, but made of what data are not made of. */
export class RefusedPickle extends Error {}

export interface PickleLimits {
  /** Containers, and what is put in them one by one. */
  readonly things: number;
  readonly memos: number;
  readonly stack: number;
}

/** A tensor takes seven things and some ten memos: 140,000 tensors fit. A million empty dicts take some 300 MB, most of all things. */
const LIMITS: PickleLimits = { things: 1_000_000, memos: 2_000_000, stack: 1_000_000 };

/** @throws DamagedPickle, RefusedPickle; what `meaning` throws. */
export function unpickle(bytes: Uint8Array, meaning: PickleMeaning, limits: PickleLimits = LIMITS): unknown {
  return new Machine(bytes, meaning, limits).run();
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class Machine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #meaning: PickleMeaning;
  readonly #limits: PickleLimits;
  #at = 0;
  #stack: unknown[] = [];
  /** Stack heights. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  #things = 0;

  constructor(bytes: Uint8Array, meaning: PickleMeaning, limits: PickleLimits) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#meaning = meaning;
    this.#limits = limits;
  }

  run(): unknown {
    for (;;) {
      const opcode = this.#uint8();
      if (opcode === STOP) return this.#pop();
      const step = OPCODES[opcode];
      if (step === undefined) throw new RefusedPickle(refusedOpcode(opcode));
      step(this);
    }
  }

  #take(length: number): number {
    const from = this.#at;
    if (length > this.#bytes.length - from) throw new DamagedPickle("it is cut off");
    this.#at = from + length;
    return from;
  }
  #uint8 = (): number => this.#view.getUint8(this.#take(1));
  #uint32 = (): number => this.#view.getUint32(this.#take(4), true);

  #push(value: unknown): void {
    if (this.#stack.length >= this.#limits.stack) throw new DamagedPickle("its stack grows without end");
    this.#stack.push(value);
  }

  #count(things: number): void {
    this.#things += things;
    if (this.#things > this.#limits.things) throw new DamagedPickle("it holds too many things");
  }

  #container(container: unknown): void {
    this.#count(1);
    this.#push(container);
  }

  #pop(): unknown {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0))
      throw new DamagedPickle("it takes what is not there");
    return this.#stack.pop();
  }

  #peek<T>(kind: abstract new (...args: never[]) => T, what: string): T {
    const top = this.#stack.length > (this.#marks.at(-1) ?? 0) ? this.#stack.at(-1) : undefined;
    if (!(top instanceof kind)) throw new RefusedPickle(`it adds to something that is no ${what}`);
    return top;
  }

  #toMark(): unknown[] {
    const height = this.#marks.pop();
    if (height === undefined) throw new DamagedPickle("it ends a list that did not begin");
    return this.#stack.splice(height);
  }

  #text(length: number): string {
    const from = this.#take(length);
    try {
      return UTF8.decode(this.#bytes.subarray(from, from + length));
    } catch {
      throw new DamagedPickle("it holds text that is not UTF-8");
    }
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw new DamagedPickle("it is cut off");
    const text = this.#text(end - this.#at);
    this.#at = end + 1;
    return text;
  }

  // What opcodes do, under the names of Lib/pickletools.py.

  protocol(): void {
    const version = this.#uint8();
    if (version < 2 || version > 5) throw new RefusedPickle(`it is of protocol ${version}; 2 to 5 are read`);
  }
  frame(): void {
    this.#take(8);
  }
  mark(): void {
    if (this.#marks.length >= this.#limits.stack) throw new DamagedPickle("its stack grows without end");
    this.#marks.push(this.#stack.length);
  }
  constant(value: unknown): void {
    this.#push(value);
  }
  int(bytes: 1 | 2 | 4): void {
    const at = this.#take(bytes);
    if (bytes === 4) this.#push(this.#view.getInt32(at, true));
    else this.#push(bytes === 2 ? this.#view.getUint16(at, true) : this.#view.getUint8(at));
  }
  /** Little-endian two's complement. No size in a file that exists needs more than 2^53. */
  long1(): void {
    const length = this.#uint8();
    const at = this.#take(length);
    let value = 0n;
    for (let byte = length - 1; byte >= 0; byte--) value = value * 256n + BigInt(this.#bytes[at + byte]!);
    this.#push(Number(BigInt.asIntN(Math.max(length * 8, 1), value)));
  }
  float(): void {
    this.#push(this.#view.getFloat64(this.#take(8), false));
  }
  text(lengthBytes: 1 | 4 | 8): void {
    if (lengthBytes === 8) {
      const length = Number(this.#view.getBigUint64(this.#take(8), true));
      this.#push(this.#text(length));
    } else this.#push(this.#text(lengthBytes === 4 ? this.#uint32() : this.#uint8()));
  }
  dict(): void {
    this.#container(new Map());
  }
  list(): void {
    this.#container([]);
  }
  tuple(length?: number): void {
    const items = length === undefined ? this.#toMark() : Array.from({ length }, () => this.#pop()).reverse();
    this.#container(new PickleTuple(items));
  }
  append(): void {
    this.#count(1);
    const item = this.#pop();
    this.#peek(Array, "list").push(item);
  }
  appends(): void {
    const items = this.#toMark();
    const list = this.#peek(Array, "list");
    this.#count(items.length);
    for (const item of items) list.push(item);
  }
  setItem(): void {
    this.#count(1);
    const value = this.#pop();
    const key = this.#pop();
    this.#peek(Map, "dict").set(key, value);
  }
  setItems(): void {
    const items = this.#toMark();
    if (items.length % 2 === 1) throw new DamagedPickle("it has a key without a value");
    const dict = this.#peek(Map, "dict");
    this.#count(items.length / 2);
    for (let at = 0; at < items.length; at += 2) dict.set(items[at], items[at + 1]);
  }
  get(wide: boolean): void {
    const index = wide ? this.#uint32() : this.#uint8();
    if (!this.#memo.has(index)) throw new DamagedPickle("it refers to what is not there");
    this.#push(this.#memo.get(index));
  }
  put(index: "byte" | "wide" | "next"): void {
    const at = index === "next" ? this.#memo.size : index === "wide" ? this.#uint32() : this.#uint8();
    if (this.#memo.size >= this.#limits.memos) throw new DamagedPickle("it holds too many things");
    const value = this.#pop();
    this.#memo.set(at, value);
    this.#push(value);
  }
  global(): void {
    const module = this.#line();
    this.#push(this.#meaning.global(module, this.#line()));
  }
  stackGlobal(): void {
    const name = this.#pop();
    const module = this.#pop();
    if (typeof name !== "string" || typeof module !== "string") throw new DamagedPickle("it imports no name");
    this.#push(this.#meaning.global(module, name));
  }
  reduce(): void {
    const args = this.#pop();
    const called = this.#pop();
    if (!(args instanceof PickleTuple)) throw new DamagedPickle("it calls something without arguments");
    if (typeof called !== "function") throw new RefusedPickle("it calls something that is no known function");
    this.#container((called as PickleFunction)(args.items));
  }
  /** Attributes of a dict, such as the version numbers that PyTorch keeps of modules, say nothing about weights. */
  build(): void {
    this.#pop();
    this.#peek(Map, "dict");
  }
  persistent(): void {
    this.#push(this.#meaning.persistent(this.#pop()));
  }
}

const STOP = 0x2e;

/** By code; what has no entry is refused. */
const OPCODES: Readonly<Record<number, (machine: Machine) => void>> = {
  128: (m) => m.protocol(), 149: (m) => m.frame(), 40: (m) => m.mark(),
  78: (m) => m.constant(null), 136: (m) => m.constant(true), 137: (m) => m.constant(false),
  75: (m) => m.int(1), 77: (m) => m.int(2), 74: (m) => m.int(4), 138: (m) => m.long1(), 71: (m) => m.float(),
  140: (m) => m.text(1), 88: (m) => m.text(4), 141: (m) => m.text(8),
  125: (m) => m.dict(), 93: (m) => m.list(), 41: (m) => m.tuple(0),
  133: (m) => m.tuple(1), 134: (m) => m.tuple(2), 135: (m) => m.tuple(3), 116: (m) => m.tuple(),
  97: (m) => m.append(), 101: (m) => m.appends(), 115: (m) => m.setItem(), 117: (m) => m.setItems(),
  104: (m) => m.get(false), 106: (m) => m.get(true),
  113: (m) => m.put("byte"), 114: (m) => m.put("wide"), 148: (m) => m.put("next"),
  99: (m) => m.global(), 147: (m) => m.stackGlobal(), 82: (m) => m.reduce(), 98: (m) => m.build(),
  81: (m) => m.persistent(),
}; // biome-ignore format: one line reads as one row

/** Those that a person may meet. */
const REFUSED_NAMES: Readonly<Record<number, string>> = {
  105: "INST", 111: "OBJ", 129: "NEWOBJ", 146: "NEWOBJ_EX", 130: "EXT1", 131: "EXT2", 132: "EXT4",
}; // biome-ignore format: one line reads as one row

const refusedOpcode = (opcode: number): string => {
  const name = REFUSED_NAMES[opcode];
  return name === undefined
    ? `it has the opcode 0x${opcode.toString(16).padStart(2, "0")}, of which no data are made`
    : `it makes an object of a class (${name}), which would run that class's code`;
};
