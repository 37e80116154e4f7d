import { expect, test } from "vitest";
import { minimizeLbfgs, type Objective } from "./minimize-lbfgs.ts";

const options = { tolerance: 1e-10, maxIterations: 500, name: "a test" };

test("the banana valley ends at its known minimum (1, 1)", async () => {
  // Rosenbrock 1960: (1 - x)² + 100 (y - x²)².
  const valley: Objective = ([x = 0, y = 0], gradient) => {
    gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x);
    gradient[1] = 200 * (y - x * x);
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2;
  };
  const { point, gradientNorm, converged } = await minimizeLbfgs(valley, Float64Array.of(-1.2, 1), options);
  expect(converged).toBe(true);
  expect(gradientNorm).toBeLessThanOrEqual(1e-10);
  expect(point[0]).toBeCloseTo(1, 9);
  expect(point[1]).toBeCloseTo(1, 9);
});

test("a bowl that is eight hundred times steeper one way than another is solved", async () => {
  const scales = Float64Array.from({ length: 30 }, (_, j) => 10 ** (j / 10));
  const bowl: Objective = (point, gradient) => {
    let value = 0;
    for (const [j, scale] of scales.entries()) {
      gradient[j] = scale * (point[j]! - j);
      value += 0.5 * scale * (point[j]! - j) ** 2;
    }
    return value;
  };
  const { point, converged } = await minimizeLbfgs(bowl, new Float64Array(30), {
    ...options,
    tolerance: 1e-8,
  });
  expect(converged).toBe(true);
  for (const [j, component] of point.entries()) expect(component).toBeCloseTo(j, 7);
});

const parabola: Objective = ([x = 0], gradient) => {
  gradient[0] = 2 * (x - 3);
  return (x - 3) ** 2;
};

test("a start at the minimum takes no step", async () => {
  const done = await minimizeLbfgs(parabola, Float64Array.of(3), options);
  expect(done).toMatchObject({ iterations: 0, converged: true, value: 0 });
});

test("too few iterations, and a gradient that lies, end without convergence and with the best point", async () => {
  const uphill: Objective = ([x = 0], gradient) => {
    gradient[0] = -2 * (x - 3);
    return (x - 3) ** 2;
  };
  expect(await minimizeLbfgs(uphill, Float64Array.of(0), options)).toMatchObject({
    iterations: 0,
    converged: false,
  });
  const short = await minimizeLbfgs(parabola, Float64Array.of(1_000), { ...options, maxIterations: 1 });
  expect(short).toMatchObject({ iterations: 1, converged: false });
  expect(short.value).toBeLessThan(997 ** 2);
});

test("an abort between steps ends it, and each step is reported", async () => {
  const controller = new AbortController();
  const steps: number[] = [];
  const run = minimizeLbfgs(parabola, Float64Array.of(1_000), {
    ...options,
    signal: controller.signal,
    onIteration: (iteration) => {
      steps.push(iteration);
      controller.abort();
    },
  });
  await expect(run).rejects.toMatchObject({ code: "aborted" });
  expect(steps).toEqual([1]);
});
