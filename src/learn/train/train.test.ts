import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rateFactor } from "./schedule.ts";
import { type BatchResult, type TrainBatch, type TrainEvent, type Trainer, train } from "./train.ts";
import { startState, type TrainPlan, type TrainState } from "./train-state.ts";

/** Least squares: each batch holds points of the plane that should lie at `parameters`. */
interface Points extends TrainBatch {
  readonly at: readonly (readonly [number, number])[];
}
const POINTS: readonly Points[] = Array.from({ length: 5 }, (_, batch) => ({
  tokens: 2,
  at: [
    [1 + batch / 10, 2 - batch / 7],
    [1 - batch / 9, 2 + batch / 3],
  ],
}));
const rotated = (epoch: number): readonly Points[] =>
  POINTS.map((_, at) => POINTS[(at + epoch) % POINTS.length]!);

function squares(parameters: Float32Array, { at }: Points): BatchResult {
  const gradient = new Float32Array(2);
  let loss = 0;
  for (const point of at) {
    for (const side of [0, 1]) {
      const off = parameters[side]! - point[side]!;
      loss += off * off;
      gradient[side]! += 2 * off;
    }
  }
  return { loss, kept: at.length, gradient };
}

/** Gradient descent with a moment, so that all three vectors matter. */
const trainer: Trainer<Points> = {
  batches: rotated,
  run: async (parameters, batch) => squares(parameters, batch),
  update: async ({ parameters, mean, square, gradient, scale, rate }) => {
    const newMean = mean.map((value, at) => Math.fround(0.9 * value + 0.1 * scale * gradient[at]!));
    return {
      parameters: parameters.map((value, at) => value - rate * newMean[at]!),
      mean: newMean,
      square: square.map((value, at) => value + (scale * gradient[at]!) ** 2),
      norm: scale * Math.hypot(...gradient),
    };
  },
  evaluate: async (parameters) => {
    const loss = squares(parameters, POINTS[0]!).loss;
    return { loss, score: -loss, metrics: { distance: loss } };
  },
};

const plan: TrainPlan = {
  epochs: 8,
  accumulate: 2,
  rate: 0.3,
  schedule: { kind: "linear", warmup: 0.1 },
  adamw: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
  leastGain: 0,
  checkpointEvery: 4,
};
const clock = { now: () => performance.now() / 1e3 };
const start = (): TrainState => startState(new Float32Array(2));

async function run(
  changes: Partial<TrainPlan> = {},
  parts: Partial<Trainer<Points>> = {},
  from = start(),
  signal?: AbortSignal,
) {
  const events: TrainEvent[] = [];
  const end = await train({ ...plan, ...changes }, { ...trainer, ...parts }, from, {
    clock,
    onEvent: (event) => events.push(event),
    ...(signal && { signal }),
  });
  return { end, events };
}

test("an epoch is as many steps as its batches fill, the last with what is left", async () => {
  const { end, events } = await run({ epochs: 2 });
  expect(end.step).toBe(6);
  expect(end.cursor).toEqual({ epoch: 2, batch: 0 });
  expect(events.flatMap((event) => (event.kind === "evaluated" ? [event.step] : []))).toEqual([3, 6]);
});

test("batches whose gradients are added are one batch, however the points are spread over them", async () => {
  const whole: Points = { tokens: 10, at: POINTS.flatMap(({ at }) => at) };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 4 }), { minLength: 10, maxLength: 10 }), async (places) => {
      const parts = [0, 1, 2, 3, 4].flatMap((part) => {
        const at = whole.at.filter((_, point) => places[point] === part);
        return at.length === 0 ? [] : [{ tokens: at.length, at }];
      });
      const apart = await run({ epochs: 3, accumulate: parts.length }, { batches: () => parts });
      const together = await run({ epochs: 3, accumulate: 1 }, { batches: () => [whole] });
      expect(apart.end.losses).toHaveLength(3);
      for (const [at, loss] of apart.end.losses.entries())
        expect(loss).toBeCloseTo(together.end.losses[at]!, 5);
      for (const side of [0, 1])
        expect(apart.end.parameters[side]).toBeCloseTo(together.end.parameters[side]!, 5);
    }),
    { numRuns: 30 },
  );
});

test("a run that is cut anywhere and gone on with ends bit for bit as one that is not", async () => {
  const { end: whole } = await run({ evaluateEvery: 5 });
  for (const cut of [1, 3, 7, 12, 20]) {
    const stop = new AbortController();
    let saved: TrainState | undefined;
    const seen = (event: TrainEvent): void => {
      if (event.kind === "step" && event.step === cut) stop.abort();
    };
    const save = async (state: TrainState): Promise<void> => {
      saved = state;
    };
    const stopped = train({ ...plan, evaluateEvery: 5 }, { ...trainer, save }, start(), {
      clock,
      onEvent: seen,
      signal: stop.signal,
    });
    await expect(stopped).rejects.toMatchObject({ code: "aborted" });
    expect(saved!.step).toBe(cut);
    const { end } = await run({ evaluateEvery: 5 }, {}, saved);
    expect(end).toEqual(whole);
  }
});

test("a loss that is no number takes the run back to its last good state, at half the rate", async () => {
  let bad = 1;
  const { end, events } = await run(
    {},
    {
      run: async (parameters, batch, { epoch }) =>
        epoch === 2 && bad-- > 0
          ? { ...squares(parameters, batch), loss: Number.NaN }
          : squares(parameters, batch),
    },
  );
  expect(end.rollbacks).toBe(1);
  expect(end.step).toBe(24);
  expect(events).toContainEqual({ kind: "rolled-back", from: 6, to: 4, why: "the loss is NaN" });
  const rates = events.flatMap((event) => (event.kind === "step" && event.step === 6 ? [event.rate] : []));
  expect(rates[1]).toBeCloseTo(rates[0]! / 2, 12);
});

test("a gradient that overflows is caught as well; when it stays so, the run ends with its last good state saved", async () => {
  const saved: number[] = [];
  const diverging = run(
    {},
    {
      update: async (input) => ({
        ...(await trainer.update(input)),
        ...(input.step > 5 && { norm: Number.POSITIVE_INFINITY }),
      }),
      save: async ({ step }) => {
        saved.push(step);
      },
    },
  );
  await expect(diverging).rejects.toMatchObject({
    code: "training-diverged",
    what: expect.stringContaining("in step 6: the gradient's norm is Infinity"),
  });
  expect(saved).toEqual([4, 4]);
});

test("a run without gain ends early, and its best parameters are those of the best evaluation", async () => {
  let evaluations = 0;
  const scores = [1, 3, 2, 2.5, 9];
  const { end, events } = await run(
    { patience: 2 },
    { evaluate: async () => ({ loss: 0, score: scores[evaluations++]!, metrics: {} }) },
  );
  expect(events.at(-1)).toEqual({ kind: "stopped-early", step: 12, best: 6 });
  expect(end.best).toMatchObject({ step: 6, score: 3 });
  expect(end.best!.parameters).not.toEqual(end.parameters);
});

test("a batch in which nothing counts is refused", async () => {
  await expect(
    run({}, { run: async () => ({ loss: 0, kept: 0, gradient: new Float32Array(2) }) }),
  ).rejects.toMatchObject({ code: "bad-data", what: "nothing counts in batch 1 of epoch 1" });
});

describe("schedules", () => {
  // transformers 5.17: get_linear_schedule_with_warmup(…, 2, 10), get_cosine_schedule_with_warmup(…, 2, 10).
  const LINEAR = [0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125];
  const COSINE = [0, 0.5, 1, 0.9619397662556434, 0.8535533905932737, 0.6913417161825449, 0.5,
    0.30865828381745514, 0.14644660940672627, 0.03806023374435663]; // biome-ignore format: one block
  test.each([
    ["linear", LINEAR],
    ["cosine", COSINE],
    ["constant", [0, 0.5, ...Array(8).fill(1)]],
  ] as const)("%s is transformers' own", (kind, wanted) => {
    for (const [step, factor] of wanted.entries())
      expect(rateFactor({ kind, warmup: 0.2 }, step, 10)).toBeCloseTo(factor, 12);
  });

  test("a warm-up that is no part of the run is refused", () => {
    expect(() => rateFactor({ kind: "linear", warmup: 5 }, 0, 10)).toThrow("a warm-up of 5 is none");
  });
});
