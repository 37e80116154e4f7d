import type { Native } from "../../core/ports.ts";
import { bindLibrary } from "../bound-library.ts";

/** One energy counter of a device: a package, its memory, a rail. */
export interface EmiChannel {
  readonly name: string;
  /** Joules since some start. */
  readonly joules: number;
}

/** A device of Windows' Energy Meter Interface (emi.h; learn.microsoft.com/windows-hardware/drivers/powermeter). */
export interface EmiDevice {
  /** All its counters now. Throws EmiError. */
  read(): readonly EmiChannel[];
  close(): void;
}

export class EmiError extends Error {
  readonly code: number;
  constructor(what: string, code: number) {
    super(`${what} failed with Windows error ${code}${MEANINGS[code] ? ` (${MEANINGS[code]})` : ""}`);
    this.code = code;
  }
  get isDenied(): boolean {
    return this.code === ACCESS_DENIED;
  }
}

/** System Error Codes (learn.microsoft.com/windows/win32/debug/system-error-codes). */
const ACCESS_DENIED = 5;
const MEANINGS: Readonly<Record<number, string>> = {
  2: "the device is gone",
  5: "access denied",
  21: "the device is not ready",
  31: "a device does not work",
  50: "not supported",
  1167: "the device is not connected",
};

/** HANDLE and pointers are `void *`, DWORD and ULONG uint32_t, BOOL int (fileapi.h, ioapiset.h, cfgmgr32.h). */
const KERNEL = {
  CreateFileW:
    "void *CreateFileW(void *name, uint32_t access, uint32_t share, void *security, uint32_t disposition, uint32_t flags, void *like)",
  DeviceIoControl:
    "int DeviceIoControl(void *device, uint32_t code, void *in, uint32_t inSize, void *out, uint32_t outSize, void *returned, void *overlapped)",
  CloseHandle: "int CloseHandle(void *handle)",
  GetLastError: "uint32_t GetLastError(void)",
} as const;
const CONFIGURATION = {
  CM_Get_Device_Interface_List_SizeW:
    "uint32_t CM_Get_Device_Interface_List_SizeW(void *size, void *guid, void *device, uint32_t flags)",
  CM_Get_Device_Interface_ListW:
    "uint32_t CM_Get_Device_Interface_ListW(void *guid, void *device, void *list, uint32_t size, uint32_t flags)",
} as const;
/** GUID_DEVICE_ENERGY_METER {45BD8344-7ED6-49cf-A440-C276C933B053}, as it lies in memory. */
const ENERGY_METER = Uint8Array.of(
  0x44, 0x83, 0xbd, 0x45, 0xd6, 0x7e, 0xcf, 0x49, 0xa4, 0x40, 0xc2, 0x76, 0xc9, 0x33, 0xb0, 0x53,
); // biome-ignore format: one value
/** CTL_CODE(FILE_DEVICE_UNKNOWN, 0 … 3, METHOD_BUFFERED, FILE_READ_ACCESS). */
const CODE = {
  version: 0x22_6000,
  metadataSize: 0x22_6004,
  metadata: 0x22_6008,
  measurement: 0x22_600c,
} as const;
const GENERIC_READ = 0x8000_0000;
const SHARE_READ_WRITE = 3;
const OPEN_EXISTING = 3;
const INVALID_HANDLE = 0xffff_ffff_ffff_ffffn;
/** EMI_METADATA_V1 and _V2: two names of 16 WCHAR (EMI_NAME_MAX) before the counts. */
const V1 = { nameSize: 70, name: 72 } as const;
const V2 = { count: 66, channels: 68, nameSize: 4, name: 6 } as const;
/** EMI_CHANNEL_MEASUREMENT_DATA: AbsoluteEnergy in picowatt-hours, AbsoluteTime in 100 ns. */
const MEASUREMENT_BYTES = 16;
const JOULES_PER_PICOWATT_HOUR = 3.6e-9;
/** More than any machine has; a length that is wrong must not take all memory. */
const MOST_BYTES = 65_536;
const LITTLE_ENDIAN = true;

/** Opens every energy meter; throws LibraryMissing or EmiError when none can be. Devices that refuse are left out unless all do. */
export function openEmiDevices(native: Native): readonly EmiDevice[] {
  const kernel = bindLibrary(native, ["kernel32.dll"], KERNEL);
  const devices: EmiDevice[] = [];
  let failure: unknown;
  for (const path of devicePaths(native)) {
    try {
      devices.push(openDevice(path));
    } catch (thrown) {
      failure = thrown;
    }
  }
  if (devices.length === 0 && failure !== undefined) throw failure;
  return devices;

  function lastError(what: string): EmiError {
    return new EmiError(what, Number(kernel.call("GetLastError")));
  }

  function openDevice(path: string): EmiDevice {
    const device = kernel.pointer(
      "CreateFileW",
      wide(path),
      GENERIC_READ,
      SHARE_READ_WRITE,
      null,
      OPEN_EXISTING,
      0,
      null,
    );
    if (BigInt.asUintN(64, device) === INVALID_HANDLE) throw lastError("opening an energy meter");
    const ask = (code: number, size: number, what: string): DataView => {
      const out = new Uint8Array(size);
      const returned = new Uint32Array(1);
      const done = Number(kernel.call("DeviceIoControl", device, code, null, 0, out, size, returned, null));
      if (done === 0) throw lastError(what);
      return new DataView(out.buffer, 0, Math.min(size, returned[0]!));
    };
    const close = (): void => void kernel.call("CloseHandle", device);
    try {
      const version = ask(CODE.version, 2, "asking for its version").getUint16(0, LITTLE_ENDIAN);
      const size = ask(CODE.metadataSize, 4, "asking for the size of its names").getUint32(0, LITTLE_ENDIAN);
      if (size > MOST_BYTES) throw new Error(`an energy meter has names of ${size} bytes`);
      const names = channelNames(ask(CODE.metadata, size, "asking for its names"), version);
      return {
        close,
        read() {
          const data = ask(CODE.measurement, names.length * MEASUREMENT_BYTES, "reading an energy meter");
          return names.map((name, index) => ({
            name,
            joules:
              Number(data.getBigUint64(index * MEASUREMENT_BYTES, LITTLE_ENDIAN)) * JOULES_PER_PICOWATT_HOUR,
          }));
        },
      };
    } catch (thrown) {
      close();
      throw thrown;
    }
  }
}

/** Paths of the devices that are there, from a list that ends with an empty one. */
function devicePaths(native: Native): readonly string[] {
  const configuration = bindLibrary(native, ["cfgmgr32.dll"], CONFIGURATION);
  const size = new Uint32Array(1);
  const asked = Number(configuration.call("CM_Get_Device_Interface_List_SizeW", size, ENERGY_METER, null, 0));
  if (asked !== 0 || size[0]! <= 1) return [];
  const list = new Uint16Array(size[0]!);
  const got = Number(
    configuration.call("CM_Get_Device_Interface_ListW", ENERGY_METER, null, list, list.length, 0),
  );
  if (got !== 0) return [];
  return String.fromCharCode(...list)
    .split("\0")
    .filter((path) => path !== "");
}

function channelNames(metadata: DataView, version: number): readonly string[] {
  if (version === 1) return [text(metadata, V1.name, metadata.getUint16(V1.nameSize, LITTLE_ENDIAN))];
  if (version !== 2) throw new Error(`an energy meter speaks version ${version}, which is not known`);
  const names: string[] = [];
  let at: number = V2.channels;
  for (let left = metadata.getUint16(V2.count, LITTLE_ENDIAN); left > 0; left--) {
    const size = metadata.getUint16(at + V2.nameSize, LITTLE_ENDIAN);
    names.push(text(metadata, at + V2.name, size));
    at += V2.name + size;
  }
  return names;
}

function text(data: DataView, at: number, bytes: number): string {
  const letters = Array.from({ length: bytes / 2 }, (_, index) =>
    data.getUint16(at + 2 * index, LITTLE_ENDIAN),
  );
  return String.fromCharCode(...letters).replace(/\0.*$/s, "");
}

const wide = (path: string): Uint16Array => Uint16Array.from(`${path}\0`, (letter) => letter.charCodeAt(0));
