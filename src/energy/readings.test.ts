import { expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import { within } from "../core/interval.ts";
import { openMeter } from "./open-meter.ts";
import type { SensorSource } from "./sensor.ts";

test("doubt adds up in a window, variance as variances do: four times the time, twice the width", async () => {
  const world = fakeWorld();
  const half = async (more: "doubtJ" | "varianceJ2", seconds: number): Promise<number> => {
    const source: SensorSource = {
      open: ({ nowS }) => ({
        unavailable: [],
        sensors: [
          {
            component: "gpu", boundary: "machine", method: "counter", source: "gpu-0", remedy: "none",
            interval: (amount) => within(amount, 0),
            sample: (now) => ({ joules: 100 * (now - nowS), coveredS: now - nowS, [more]: 4 * (now - nowS) }),
            notes: () => [],
          },
        ],
      }),
    }; // biome-ignore format: one record
    const meter = await openMeter(world, { sources: [source] });
    world.clock.advance(3);
    const { energy } = await meter.measure("work", () => world.clock.advance(seconds));
    await meter.close();
    const gpu = energy.readings.find((each) => each.component === "gpu");
    if (gpu?.kind !== "available") throw new Error("no GPU reading");
    return gpu.joules.high - gpu.joules.value;
  };
  expect(await half("doubtJ", 1)).toBeCloseTo(4, 6);
  expect(await half("doubtJ", 4)).toBeCloseTo(16, 6);
  expect(await half("varianceJ2", 1)).toBeCloseTo(1.96 * 2, 6);
  expect(await half("varianceJ2", 4)).toBeCloseTo(1.96 * 4, 6);
});
