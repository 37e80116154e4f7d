import type { Found, SourceContext } from "../sensor.ts";
import { gpuDevices, hasNvidiaDriver } from "./gpu-devices.ts";

/** Every GPU with a power supply of its own: read, or there and unreadable with the reason. Readers are loaded where one is found. */
export async function openGpus({ world }: Pick<SourceContext, "world">): Promise<Found> {
  const devices = gpuDevices(world.files);
  const isNvidia = devices.some(({ maker }) => maker === "NVIDIA") || hasNvidiaDriver(world.files);
  const found: Found[] = [];
  // On Windows nothing but its library tells of a board.
  if (isNvidia || world.machine.os === "win32") {
    found.push((await import("./nvidia-source.ts")).openNvidia(world, isNvidia));
  }
  if (devices.some(({ maker }) => maker !== "NVIDIA")) {
    found.push((await import("./hwmon-source.ts")).openHwmon(world, devices));
  }
  return {
    sensors: found.flatMap(({ sensors }) => sensors),
    unavailable: found.flatMap(({ unavailable }) => unavailable),
  };
}
