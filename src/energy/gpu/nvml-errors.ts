/** Return codes of NVML (nvml.h, nvmlReturn_t) that mean something to a user, and what helps. */
interface Meaning {
  readonly text: string;
  readonly remedy: string;
  /** The board does not come back in this process. */
  readonly isLost?: boolean;
}

const SUPPORT = "run nvidia-smi, which shows the same error; update the NVIDIA driver";
const RESET = "see dmesg for the Xid error; reset the GPU (nvidia-smi --gpu-reset) or reboot";

const MEANINGS: Readonly<Record<number, Meaning>> = {
  3: { text: "not supported by this GPU, driver or virtualisation", remedy: SUPPORT },
  4: {
    text: "no permission",
    remedy: "give this user access to /dev/nvidiactl and /dev/nvidia0 (often: group video), or run as root",
  },
  6: { text: "not found", remedy: SUPPORT },
  8: { text: "the power cables of the GPU are not attached properly", remedy: "attach them" },
  9: {
    text: "the NVIDIA driver is not loaded",
    remedy: "sudo modprobe nvidia, or install the NVIDIA driver; in a container, start it with --gpus all",
  },
  10: { text: "timed out", remedy: SUPPORT },
  13: { text: "this NVIDIA library does not know the function", remedy: "update the NVIDIA driver" },
  15: { text: "the GPU has fallen off the bus", remedy: RESET, isLost: true },
  16: { text: "the GPU must be reset before it can be used", remedy: RESET, isLost: true },
  17: {
    text: "the system or its control groups block the GPU",
    remedy: "in a container, start it with --gpus all; in a job, ask the scheduler for a GPU",
  },
  18: {
    text: "NVIDIA driver and library are of different versions",
    remedy: "reboot, or reload the nvidia kernel module: the driver was updated and the old one still runs",
  },
  28: { text: "no GPU was found", remedy: SUPPORT },
  999: { text: "an internal error of the driver", remedy: RESET },
};

export const FUNCTION_NOT_FOUND = 13;
export const NOT_FOUND = 6;
export const DRIVER_NOT_LOADED = 9;

export class NvmlError extends Error {
  readonly code: number;
  readonly remedy: string;
  readonly isLost: boolean;

  constructor(code: number, call: string) {
    const meaning = MEANINGS[code] ?? { text: "failed", remedy: SUPPORT };
    super(`${meaning.text} (${call}: NVML error ${code})`);
    this.name = "NvmlError";
    this.code = code;
    this.remedy = meaning.remedy;
    this.isLost = meaning.isLost === true;
  }
}
