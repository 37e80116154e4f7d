import type { NativeArgument, NativeFunction, NativeLibrary } from "../../core/ports.ts";
import { FUNCTION_NOT_FOUND, NvmlError } from "./nvml-errors.ts";

/** The NVIDIA management library: every function throws NvmlError. Facts from nvml.h (CUDA 13). */
export interface Nvml {
  readonly driverVersion: string;
  readonly count: number;
  handleAt(index: number): bigint;
  uuid(device: bigint): string;
  name(device: bigint): string;
  /** Millijoules since the driver was loaded; Volta and newer. */
  energyMj(device: bigint): number;
  /** Milliwatts; on Ampere (except GA100) and newer the mean of the last second, before that the present power. */
  powerMw(device: bigint): number;
  /** Milliwatts at present, on every architecture that the driver (530 or newer) supports. */
  instantPowerMw(device: bigint): number;
  powerLimitMw(device: bigint): number;
  /** nvmlDeviceArchitecture_t: 2 Kepler, 3 Maxwell, 4 Pascal, 5 Volta, 6 Turing, 7 Ampere, 8 Ada, 9 Hopper. */
  architecture(device: bigint): number;
  isPartitioned(device: bigint): boolean;
  /** UUID of the board that a MIG instance is a part of. */
  parentOf(migUuid: string): string;
  /** Utilisation by process since `since` (microseconds of an earlier sample); throws NOT_FOUND when there was none. */
  processes(device: bigint, since: bigint): readonly ProcessSample[];
  shutdown(): void;
}

export interface ProcessSample {
  readonly pid: number;
  /** Microseconds. */
  readonly stamp: bigint;
  /** Per cent of the time in which the process had work on the multiprocessors. */
  readonly smPercent: number;
}

/** On Windows by full path: a library of this name in the current folder must not be loaded. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  linux: ["libnvidia-ml.so.1", "/usr/lib/wsl/lib/libnvidia-ml.so.1"],
  win32: ["C:\\Windows\\System32\\nvml.dll", "C:\\Program Files\\NVIDIA Corporation\\NVSMI\\nvml.dll"],
};
export const nvmlNames = (os: string): readonly string[] => NAMES[os] ?? [];

/** nvmlReturn_t is an enumeration, nvmlDevice_t a pointer to an opaque struct. */
const PARAMETERS = {
  nvmlInit_v2: "void",
  nvmlShutdown: "void",
  nvmlSystemGetDriverVersion: "void *version, unsigned int length",
  nvmlDeviceGetCount_v2: "unsigned int *count",
  nvmlDeviceGetHandleByIndex_v2: "unsigned int index, void *device",
  nvmlDeviceGetHandleByUUID: "const char *uuid, void *device",
  nvmlDeviceGetUUID: "void *device, void *uuid, unsigned int length",
  nvmlDeviceGetName: "void *device, void *name, unsigned int length",
  nvmlDeviceGetTotalEnergyConsumption: "void *device, unsigned long long *energy",
  nvmlDeviceGetPowerUsage: "void *device, unsigned int *power",
  nvmlDeviceGetFieldValues: "void *device, int count, void *values",
  nvmlDeviceGetEnforcedPowerLimit: "void *device, unsigned int *limit",
  nvmlDeviceGetArchitecture: "void *device, unsigned int *architecture",
  nvmlDeviceGetMigMode: "void *device, unsigned int *current, unsigned int *pending",
  nvmlDeviceGetDeviceHandleFromMigDeviceHandle: "void *mig, void *device",
  nvmlDeviceGetProcessUtilization:
    "void *device, void *samples, unsigned int *count, unsigned long long since",
} as const;
type FunctionName = keyof typeof PARAMETERS;

/** NVML_DEVICE_NAME_V2_BUFFER_SIZE and NVML_DEVICE_UUID_V2_BUFFER_SIZE; the version needs 80. */
const TEXT_BYTES = 96;
/** NVML_FI_DEV_POWER_INSTANT. */
const POWER_INSTANT = 186;
/** nvmlFieldValue_t: fieldId, scopeId, timestamp, latencyUsec, valueType, nvmlReturn, value. */
const FIELD = { bytes: 40, id: 0, type: 24, result: 28, value: 32, double: 0 } as const;
/** nvmlProcessUtilizationSample_t: pid, timeStamp (aligned to 8), smUtil, memUtil, encUtil, decUtil. */
const PROCESS = { bytes: 32, pid: 0, stamp: 8, sm: 16 } as const;
/** More processes than ever share a board; NVML says when they are not enough. */
const PROCESSES = 128;
/** Every platform that NVIDIA's driver runs on. */
const LITTLE_ENDIAN = true;

/** Initialises NVML; whoever opened it calls `shutdown` once. Throws NvmlError. */
export function openNvml(library: NativeLibrary): Nvml {
  const bound = new Map<FunctionName, NativeFunction | undefined>();
  const call = (name: FunctionName, ...values: readonly NativeArgument[]): void => {
    if (!bound.has(name)) bound.set(name, library.bind(`int ${name}(${PARAMETERS[name]})`));
    const code = bound.get(name)?.(...values) ?? FUNCTION_NOT_FOUND;
    if (code !== 0) throw new NvmlError(Number(code), name);
  };
  const uint = (name: FunctionName, ...before: readonly NativeArgument[]): number => {
    const result = new Uint32Array(1);
    call(name, ...before, result);
    return result[0]!;
  };
  const handle = (name: FunctionName, ...before: readonly NativeArgument[]): bigint => {
    const result = new BigUint64Array(1);
    call(name, ...before, result);
    return result[0]!;
  };
  const text = (name: FunctionName, ...before: readonly NativeArgument[]): string => {
    const result = new Uint8Array(TEXT_BYTES);
    call(name, ...before, result, TEXT_BYTES);
    return new TextDecoder().decode(result.subarray(0, result.indexOf(0)));
  };
  const uuid = (device: bigint): string => text("nvmlDeviceGetUUID", device);

  call("nvmlInit_v2");
  try {
    return {
      driverVersion: text("nvmlSystemGetDriverVersion"),
      count: uint("nvmlDeviceGetCount_v2"),
      handleAt: (index) => handle("nvmlDeviceGetHandleByIndex_v2", index),
      uuid,
      name: (device) => text("nvmlDeviceGetName", device),
      energyMj: (device) => Number(handle("nvmlDeviceGetTotalEnergyConsumption", device)),
      powerMw: (device) => uint("nvmlDeviceGetPowerUsage", device),
      instantPowerMw(device) {
        const field = new DataView(new ArrayBuffer(FIELD.bytes));
        field.setUint32(FIELD.id, POWER_INSTANT, LITTLE_ENDIAN);
        call("nvmlDeviceGetFieldValues", device, 1, field);
        const code = field.getInt32(FIELD.result, LITTLE_ENDIAN);
        if (code !== 0) throw new NvmlError(code, "NVML_FI_DEV_POWER_INSTANT");
        const isDouble = field.getUint32(FIELD.type, LITTLE_ENDIAN) === FIELD.double;
        // Milliwatts of one board fit into the low half of each of the integer types.
        return isDouble
          ? field.getFloat64(FIELD.value, LITTLE_ENDIAN)
          : field.getUint32(FIELD.value, LITTLE_ENDIAN);
      },
      powerLimitMw: (device) => uint("nvmlDeviceGetEnforcedPowerLimit", device),
      architecture: (device) => uint("nvmlDeviceGetArchitecture", device),
      isPartitioned(device) {
        const [current, pending] = [new Uint32Array(1), new Uint32Array(1)];
        call("nvmlDeviceGetMigMode", device, current, pending);
        return current[0] === 1;
      },
      parentOf(migUuid) {
        const instance = handle("nvmlDeviceGetHandleByUUID", migUuid);
        return uuid(handle("nvmlDeviceGetDeviceHandleFromMigDeviceHandle", instance));
      },
      processes(device, since) {
        const memory = new DataView(new ArrayBuffer(PROCESSES * PROCESS.bytes));
        const count = new Uint32Array([PROCESSES]);
        call("nvmlDeviceGetProcessUtilization", device, memory, count, since);
        return Array.from({ length: Math.min(count[0]!, PROCESSES) }, (_, index) => ({
          pid: memory.getUint32(index * PROCESS.bytes + PROCESS.pid, LITTLE_ENDIAN),
          stamp: memory.getBigUint64(index * PROCESS.bytes + PROCESS.stamp, LITTLE_ENDIAN),
          smPercent: memory.getUint32(index * PROCESS.bytes + PROCESS.sm, LITTLE_ENDIAN),
        }));
      },
      shutdown: () => call("nvmlShutdown"),
    };
  } catch (thrown) {
    library.bind("int nvmlShutdown(void)")?.();
    throw thrown;
  }
}
