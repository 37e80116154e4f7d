import type { Found, SourceContext } from "../sensor.ts";
import { gpuDevices, hasNvidiaDriver } from "./gpu-devices.ts";
import { openHwmon } from "./hwmon-source.ts";
import { openNvidia } from "./nvidia-source.ts";

/** Every GPU with a power supply of its own: read, or there and unreadable with the reason. */
export function openGpus({ world }: Pick<SourceContext, "world">): Found {
  const devices = gpuDevices(world.files);
  const isNvidia = devices.some(({ maker }) => maker === "NVIDIA") || hasNvidiaDriver(world.files);
  const found = [openNvidia(world, isNvidia), openHwmon(world, devices)];
  return {
    sensors: found.flatMap(({ sensors }) => sensors),
    unavailable: found.flatMap(({ unavailable }) => unavailable),
  };
}
