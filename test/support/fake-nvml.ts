/** NVML as nvml.h describes it: C functions with return codes and out-parameters, over boards of the test. */
import type { NativeArgument } from "../../src/core/ports.ts";
import type { FakeLibrary } from "./fake-native.ts";

export interface FakeBoard {
  readonly uuid: string;
  readonly name: string;
  /** Left out: not supported by this board. */
  readonly energyMj?: () => number;
  readonly powerMw?: () => number;
  readonly instantMw?: () => number;
  readonly limitMw?: number;
  readonly architecture?: number;
  /** UUIDs of its MIG instances; given, the board is partitioned. */
  readonly instances?: readonly string[];
  readonly processes?: () => readonly { readonly pid: number; readonly stamp: number; readonly sm: number }[];
  /** What every call on the board returns instead, when it is not 0. */
  readonly code?: () => number;
}

export interface FakeNvml extends FakeLibrary {
  /** nvmlInit less nvmlShutdown. */
  readonly users: () => number;
}

const CODE = {
  ok: 0, uninitialized: 1, invalidArgument: 2, notSupported: 3, notFound: 6, insufficientSize: 7,
} as const; // biome-ignore format: one table
const FIRST_HANDLE = 0x7f00_0000_1000;
const INSTANCE_HANDLE = 0x7f00_0001_0000;

export function fakeNvml(
  boards: readonly FakeBoard[],
  options: { readonly name?: string; readonly initCode?: number; readonly missing?: readonly string[] } = {},
): FakeNvml {
  let users = 0;
  const instances = boards.flatMap((board) => (board.instances ?? []).map((uuid) => ({ uuid, board })));
  const handleOf = (board: FakeBoard): bigint => BigInt(FIRST_HANDLE + boards.indexOf(board));
  const put = (target: NativeArgument | undefined, value: number | bigint | undefined): number => {
    if (value === undefined) return CODE.notSupported;
    if (target instanceof BigUint64Array) target[0] = BigInt(value);
    else if (target instanceof Uint32Array) target[0] = Number(value);
    else return CODE.invalidArgument;
    return CODE.ok;
  };
  const putText = (target: NativeArgument | undefined, length: unknown, text: string): number => {
    const bytes = new TextEncoder().encode(`${text}\0`);
    if (!(target instanceof Uint8Array)) return CODE.invalidArgument;
    if (Number(length) < bytes.length) return CODE.insufficientSize;
    target.set(bytes);
    return CODE.ok;
  };
  type Call = (...values: readonly NativeArgument[]) => number;
  const onBoard =
    (call: (board: FakeBoard, ...rest: readonly NativeArgument[]) => number): Call =>
    (device, ...rest) => {
      const board = boards.find((each) => handleOf(each) === device);
      if (board === undefined) return CODE.invalidArgument;
      return board.code?.() || call(board, ...rest);
    };
  const functions: Record<string, Call> = {
    nvmlDeviceGetCount_v2: (count) => put(count, boards.length),
    nvmlSystemGetDriverVersion: (version, length) => putText(version, length, "580.95.05"),
    nvmlDeviceGetHandleByIndex_v2(index, device) {
      const board = boards[Number(index)];
      return board === undefined ? CODE.invalidArgument : board.code?.() || put(device, handleOf(board));
    },
    nvmlDeviceGetHandleByUUID(uuid, device) {
      const board = boards.find((each) => each.uuid === uuid);
      if (board !== undefined) return put(device, handleOf(board));
      const at = instances.findIndex((each) => each.uuid === uuid);
      return at < 0 ? CODE.notFound : put(device, BigInt(INSTANCE_HANDLE + at));
    },
    nvmlDeviceGetDeviceHandleFromMigDeviceHandle(mig, device) {
      const instance = instances[Number(mig) - INSTANCE_HANDLE];
      return instance === undefined ? CODE.invalidArgument : put(device, handleOf(instance.board));
    },
    nvmlDeviceGetUUID: onBoard((board, text, length) => putText(text, length, board.uuid)),
    nvmlDeviceGetName: onBoard((board, text, length) => putText(text, length, board.name)),
    nvmlDeviceGetTotalEnergyConsumption: onBoard((board, energy) => put(energy, board.energyMj?.())),
    nvmlDeviceGetPowerUsage: onBoard((board, power) => put(power, board.powerMw?.())),
    nvmlDeviceGetEnforcedPowerLimit: onBoard((board, limit) => put(limit, board.limitMw)),
    nvmlDeviceGetArchitecture: onBoard((board, architecture) => put(architecture, board.architecture)),
    nvmlDeviceGetMigMode: onBoard((board, current, pending) => {
      if (board.instances === undefined) return CODE.notSupported;
      return put(current, 1) || put(pending, 1);
    }),
    nvmlDeviceGetFieldValues: onBoard((board, count, values) => {
      if (!(values instanceof DataView) || count !== 1) return CODE.invalidArgument;
      const watts = values.getUint32(0, true) === 186 ? board.instantMw?.() : undefined;
      values.setUint32(24, 1, true);
      values.setInt32(28, watts === undefined ? CODE.notSupported : CODE.ok, true);
      values.setUint32(32, watts ?? 0, true);
      return CODE.ok;
    }),
    nvmlDeviceGetProcessUtilization: onBoard((board, samples, count, since) => {
      if (board.processes === undefined || board.instances !== undefined) return CODE.notSupported;
      const found = board.processes().filter(({ stamp }) => BigInt(stamp) > BigInt(since as bigint));
      if (!(samples instanceof DataView) || !(count instanceof Uint32Array)) return CODE.invalidArgument;
      if (found.length === 0) return CODE.notFound;
      const room = count[0]!;
      count[0] = found.length;
      if (found.length > room) return CODE.insufficientSize;
      found.forEach(({ pid, stamp, sm }, index) => {
        samples.setUint32(32 * index, pid, true);
        samples.setBigUint64(32 * index + 8, BigInt(stamp), true);
        samples.setUint32(32 * index + 16, sm, true);
      });
      return CODE.ok;
    }),
  };
  const initialised = (call: Call): Call => {
    return (...values) => (users > 0 ? call(...values) : CODE.uninitialized);
  };
  const all: Record<string, Call> = {
    ...Object.fromEntries(Object.entries(functions).map(([name, call]) => [name, initialised(call)])),
    nvmlInit_v2: () => {
      const code = options.initCode ?? CODE.ok;
      if (code === CODE.ok) users++;
      return code;
    },
    nvmlShutdown: initialised(() => {
      users--;
      return CODE.ok;
    }),
  };
  for (const name of options.missing ?? []) delete all[name];
  return { name: options.name ?? "libnvidia-ml.so.1", users: () => users, functions: all };
}
