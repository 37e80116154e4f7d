/** Windows' Energy Meter Interface as emi.h describes it: device paths, handles, control codes and packed structures. */
import type { NativeArgument } from "../../src/core/ports.ts";
import type { FakeLibrary } from "./fake-native.ts";

export interface FakeMeter {
  readonly version: 1 | 2 | 3;
  /** Names with their picowatt-hours now. */
  readonly channels: Readonly<Record<string, () => number>>;
  /** What each call returns instead, when it is not 0: a Windows error. */
  readonly error?: () => number;
  /** The same for opening it. */
  readonly openError?: number;
}

export interface FakeEmi {
  readonly libraries: readonly FakeLibrary[];
  /** Handles that are still open. */
  readonly open: () => number;
}

const CODES = {
  version: 0x226000,
  metadataSize: 0x226004,
  metadata: 0x226008,
  measurement: 0x22600c,
} as const;
const INVALID_HANDLE = 0xffff_ffff_ffff_ffffn;
const [FILE_NOT_FOUND, INVALID_HANDLE_ERROR, INSUFFICIENT_BUFFER] = [2, 6, 122];

export function fakeEmi(meters: readonly FakeMeter[]): FakeEmi {
  const handles = new Map<bigint, FakeMeter>();
  let next = 0x100n;
  let lastError = 0;
  const fail = (code: number): number => {
    lastError = code;
    return 0;
  };
  const pathOf = (index: number): string =>
    `\\\\?\\ACPI#INTC#${index}#{45bd8344-7ed6-49cf-a440-c276c933b053}`;
  const list = `${meters.map((_, index) => `${pathOf(index)}\0`).join("")}\0`;
  const wide = (text: string): number[] => Array.from(`${text}\0`, (letter) => letter.charCodeAt(0));
  const textOf = (letters: NativeArgument | undefined): string =>
    letters instanceof Uint16Array ? String.fromCharCode(...letters).replace(/\0.*$/s, "") : "";
  return {
    open: () => handles.size,
    libraries: [
      {
        name: "cfgmgr32.dll",
        functions: {
          CM_Get_Device_Interface_List_SizeW(size, guid) {
            if (!(size instanceof Uint32Array) || !isEnergyMeter(guid)) return 0x1f;
            size[0] = list.length;
            return 0;
          },
          CM_Get_Device_Interface_ListW(guid, _, buffer, size) {
            if (!(buffer instanceof Uint16Array) || !isEnergyMeter(guid)) return 0x1f;
            if (Number(size) < list.length) return 0x1a;
            buffer.set(Array.from(list, (letter) => letter.charCodeAt(0)));
            return 0;
          },
        },
      },
      {
        name: "kernel32.dll",
        functions: {
          GetLastError: () => lastError,
          CreateFileW(path) {
            const meter = meters.find((_, index) => pathOf(index) === textOf(path));
            const error = meter === undefined ? FILE_NOT_FOUND : (meter.openError ?? 0);
            if (meter === undefined || error !== 0) {
              lastError = error;
              return INVALID_HANDLE;
            }
            next += 4n;
            handles.set(next, meter);
            return next;
          },
          CloseHandle: (handle) => (handles.delete(handle as bigint) ? 1 : fail(INVALID_HANDLE_ERROR)),
          DeviceIoControl(handle, code, _in, _inSize, out, outSize, returned) {
            const meter = handles.get(handle as bigint);
            if (meter === undefined) return fail(INVALID_HANDLE_ERROR);
            const error = meter.error?.() ?? 0;
            if (error !== 0) return fail(error);
            const answer = answerOf(meter, Number(code), wide);
            if (!(out instanceof Uint8Array) || !(returned instanceof Uint32Array)) return fail(87);
            if (Number(outSize) < answer.length) return fail(INSUFFICIENT_BUFFER);
            out.set(answer);
            returned[0] = answer.length;
            return 1;
          },
        },
      },
    ],
  };
}

/** {45BD8344-7ED6-49cf-A440-C276C933B053}: the first three parts are little-endian in memory. */
const isEnergyMeter = (guid: NativeArgument | undefined): boolean =>
  guid instanceof Uint8Array && Buffer.from(guid).toString("hex") === "4483bd45d67ecf49a440c276c933b053";

function answerOf(meter: FakeMeter, code: number, wide: (text: string) => number[]): Uint8Array {
  const names = Object.keys(meter.channels);
  const u16 = (value: number): number[] => [value & 255, value >> 8];
  const utf16 = (text: string): number[] => wide(text).flatMap(u16);
  const fixed = (text: string): number[] => [...utf16(text), ...Array<number>(32).fill(0)].slice(0, 32);
  const metadata = (): number[] => {
    const maker = [...fixed("Maker"), ...fixed("Model"), ...u16(1)];
    if (meter.version === 1)
      return [0, 0, 0, 0, ...maker, ...u16(utf16(names[0]!).length), ...utf16(names[0]!)];
    const channels = names.flatMap((name) => [0, 0, 0, 0, ...u16(utf16(name).length), ...utf16(name)]);
    return [...maker, ...u16(names.length), ...channels];
  };
  switch (code) {
    case CODES.version:
      return Uint8Array.from(u16(meter.version));
    case CODES.metadataSize: {
      const size = new Uint32Array([metadata().length]);
      return new Uint8Array(size.buffer);
    }
    case CODES.metadata:
      return Uint8Array.from(metadata());
    case CODES.measurement:
      return new Uint8Array(
        new BigUint64Array(names.flatMap((name) => [BigInt(Math.floor(meter.channels[name]!())), 0n])).buffer,
      );
    default:
      return new Uint8Array();
  }
}
