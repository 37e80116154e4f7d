/** The side of a thread that keeps one CPU thread busy for a part of the time. */
import type { Clock, ThreadSide } from "../../core/ports.ts";
import { KERNELS, type Kernel, type Load } from "./load-kernels.ts";

/** What it is told to do; `close` ends it. */
export type LoadOrder = { readonly load: Load | "idle"; readonly share: number } | "close";

/** Short against every meter's averaging, long against a turn of the event loop. */
const PERIOD_MS = 100;

/** Resolves when it was told to end. */
export async function keepBusy(clock: Pick<Clock, "now" | "sleep">, side: ThreadSide): Promise<void> {
  let order = { load: "idle", share: 0 } as LoadOrder;
  let kernel: { readonly load: Load; readonly run: Kernel } | undefined;
  side.onMessage((message) => {
    order = message as LoadOrder;
  });
  for (;;) {
    const now = order;
    if (now === "close") break;
    const endS = clock.now() + (now.share * PERIOD_MS) / 1_000;
    if (now.load !== "idle" && now.share > 0) {
      if (kernel?.load !== now.load) kernel = { load: now.load, run: KERNELS[now.load]() };
      while (clock.now() < endS) kernel.run();
    }
    await clock.sleep((1 - now.share) * PERIOD_MS);
  }
  side.close();
}
