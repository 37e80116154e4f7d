import { isAbort } from "../../../core/error.ts";
import type { Clock } from "../../../core/ports.ts";
import { FRESH_S } from "./cached-provider.ts";
import type { IntensityProvider, IntensitySeries, TimeRange } from "./intensity-provider.ts";

interface Asked {
  readonly atS: number;
  readonly answer: Promise<IntensitySeries>;
}

/**
 * Within this process a zone is asked about once per step of the source, however many short runs lie in it. What the cache
 * on disk does not keep is kept as well, for as long as an estimate is: that an hour has no figure yet, and a failure.
 */
export function askOnce(provider: IntensityProvider, clock: Pick<Clock, "stamp">): IntensityProvider {
  const asked = new Map<string, Asked>();
  const nowS = (): number => Date.parse(clock.stamp()) / 1_000;
  const stepOf = (seconds: number): number => Math.floor(seconds / provider.stepS);

  const once = async (
    key: string,
    signal: AbortSignal | undefined,
    ask: () => Promise<IntensitySeries>,
  ): Promise<IntensitySeries> => {
    const at = nowS();
    for (const [other, { atS }] of asked) if (at - atS >= FRESH_S) asked.delete(other);
    const found = asked.get(key);
    if (found !== undefined) {
      try {
        return await found.answer;
      } catch (thrown) {
        // Whoever asked first was stopped; that is no answer for others.
        if (!isAbort(thrown) || signal?.aborted) throw thrown;
      }
    }
    const answer = ask();
    asked.set(key, { atS: at, answer });
    answer.catch((thrown) => {
      if (isAbort(thrown) && asked.get(key)?.answer === answer) asked.delete(key);
    });
    return await answer;
  };
  const ranged = (what: string, zone: string, { startS, endS }: TimeRange): string =>
    [what, zone, stepOf(startS), Math.ceil(endS / provider.stepS)].join(" ");

  const { forecast } = provider;
  return {
    ...provider,
    latest: (zone, signal) =>
      once(`latest ${zone} ${stepOf(nowS())}`, signal, () => provider.latest(zone, signal)),
    history: (zone, range, signal) =>
      once(ranged("history", zone, range), signal, () => provider.history(zone, range, signal)),
    ...(forecast && {
      forecast: (zone, range, signal) =>
        once(ranged("forecast", zone, range), signal, () => forecast(zone, range, signal)),
    }),
  };
}
