/** The names that pickles of state dicts import, and what they rebuild (pytorch/pytorch, torch/_utils.py, torch/serialization.py). */
import { byteSize, type Dtype, elementCount } from "../tensor-ref.ts";
import {
  DamagedPickle,
  type PickleFunction,
  type PickleMeaning,
  PickleTuple,
  RefusedPickle,
} from "./unpickle.ts";

/** An entry of the archive that tensors are views of. */
export class Storage {
  readonly key: string;
  /** undefined: bytes, whose meaning the tensor tells. */
  readonly dtype: Dtype | undefined;
  readonly bytes: number;
  constructor(key: string, dtype: Dtype | undefined, count: number) {
    this.key = key;
    this.dtype = dtype;
    this.bytes = dtype === undefined ? count : byteSize(dtype, [count]);
  }
}

export class TorchTensor {
  readonly storage: Storage;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** In elements, as the strides. */
  readonly offset: number;
  constructor(storage: Storage, dtype: Dtype, view: Pick<TorchTensor, "shape" | "strides" | "offset">) {
    this.storage = storage;
    this.dtype = dtype;
    this.shape = view.shape;
    this.strides = view.strides;
    this.offset = view.offset;
    this.#check();
  }

  /** Elements from the first to the last, both included. */
  get reach(): number {
    if (this.shape.includes(0)) return 0;
    return this.shape.reduce((reach, side, dim) => reach + (side - 1) * this.strides[dim]!, 1);
  }

  #check(): void {
    const held = Math.floor(this.storage.bytes / byteSize(this.dtype, [1]));
    if (this.shape.length !== this.strides.length) throw new DamagedPickle("a tensor has too few strides");
    if (elementCount(this.shape) > held) {
      throw new RefusedPickle(
        "it has a tensor that repeats its values without storing them (expand); call contiguous() first",
      );
    }
    if (this.offset + this.reach > held)
      throw new DamagedPickle("a tensor is larger than what it is a view of");
  }
}

class StorageType {
  readonly dtype: Dtype | undefined;
  constructor(dtype: Dtype | undefined) {
    this.dtype = dtype;
  }
}
class DtypeObject {
  readonly dtype: Dtype;
  constructor(dtype: Dtype) {
    this.dtype = dtype;
  }
}

const STORAGES: Readonly<Record<string, Dtype>> = {
  DoubleStorage: "float64", FloatStorage: "float32", HalfStorage: "float16", BFloat16Storage: "bfloat16",
  LongStorage: "int64", IntStorage: "int32", ShortStorage: "int16", CharStorage: "int8", ByteStorage: "uint8", BoolStorage: "bool",
}; // biome-ignore format: one line reads as one row
const DTYPES: Readonly<Record<string, Dtype>> = {
  float64: "float64", float32: "float32", float16: "float16", bfloat16: "bfloat16", int64: "int64", int32: "int32", int16: "int16",
  int8: "int8", uint64: "uint64", uint32: "uint32", uint16: "uint16", uint8: "uint8", bool: "bool",
  float8_e4m3fn: "float8e4m3fn", float8_e5m2: "float8e5m2",
}; // biome-ignore format: one line reads as one row

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function counts(value: unknown): readonly number[] {
  if (!(value instanceof PickleTuple) || !value.items.every(isCount)) {
    throw new DamagedPickle("a tensor's shape or strides are not counts");
  }
  return value.items;
}

function rebuildTensor(args: readonly unknown[], dtype?: Dtype): TorchTensor {
  const [storage, offset, shape, strides] = args;
  if (!(storage instanceof Storage) || !isCount(offset)) throw new DamagedPickle("a tensor has no storage");
  const type = dtype ?? storage.dtype;
  if (type === undefined) throw new DamagedPickle("a tensor has no type");
  return new TorchTensor(storage, type, { offset, shape: counts(shape), strides: counts(strides) });
}

const FUNCTIONS: Readonly<Record<string, PickleFunction>> = {
  "collections.OrderedDict": (args) => {
    if (args.length > 0) throw new RefusedPickle("it makes an OrderedDict of something");
    return new Map();
  },
  // (storage, offset, size, stride, requires_grad, hooks[, metadata])
  "torch._utils._rebuild_tensor": (args) => rebuildTensor(args),
  "torch._utils._rebuild_tensor_v2": (args) => rebuildTensor(args),
  // The same with a dtype after the hooks, over a storage of bytes.
  "torch._utils._rebuild_tensor_v3": (args) => {
    if (!(args[6] instanceof DtypeObject)) throw new DamagedPickle("a tensor has no type");
    return rebuildTensor(args, args[6].dtype);
  },
  // (data, requires_grad, hooks)
  "torch._utils._rebuild_parameter": ([data]) => {
    if (!(data instanceof TorchTensor)) throw new DamagedPickle("a parameter has no tensor");
    return data;
  },
  "torch.Size": ([items]) => new PickleTuple(counts(items)),
};

export const TORCH_MEANING: PickleMeaning = {
  global(module, name) {
    const full = `${module}.${name}`;
    if (Object.hasOwn(FUNCTIONS, full)) return FUNCTIONS[full];
    if (module === "torch" && Object.hasOwn(STORAGES, name)) return new StorageType(STORAGES[name]);
    if (module === "torch" && Object.hasOwn(DTYPES, name)) return new DtypeObject(DTYPES[name]!);
    if (full === "torch.storage.UntypedStorage") return new StorageType(undefined);
    // A hostile name may be long.
    throw new RefusedPickle(`it uses ${full.slice(0, 200)}, which is not among what weights are made of`);
  },
  /** ("storage", type, key, location, number of elements) */
  persistent(id) {
    const [kind, type, key, , count] = id instanceof PickleTuple ? id.items : [];
    if (kind !== "storage" || !(type instanceof StorageType) || typeof key !== "string" || !isCount(count)) {
      throw new DamagedPickle("it refers to something that is no storage");
    }
    return new Storage(key, type.dtype, count);
  },
};
