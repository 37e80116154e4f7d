/** Energy of one request to a model that runs on somebody else's GPUs: modelled, with all that was assumed. */
import { FrugalError } from "../../core/error.ts";
import { type Interval, product, scale, sumCorrelated } from "../../core/interval.ts";
import type { LeftOutError } from "./fit-energy.ts";
import { FITTED } from "./fitted.ts";
import { GPUS } from "./gpu-table.ts";
import { findMeasuredModel, unknownSize } from "./model-shape.ts";
import { assumptionsOf, type GivenServing, QUANTITIES, servingOf, widened } from "./resolve-serving.ts";
import { type GpuKind, predict, type Serving } from "./serving.ts";

/** Both ends of what is assumed about a model whose maker does not tell. */
export interface Span {
  readonly low: number;
  readonly high: number;
}

export interface RequestToEstimate {
  /** An id of the measured set, or any name beside `activeParameters`. */
  readonly model?: string | undefined;
  /** Without those that the provider takes from its prompt cache. */
  readonly inputTokens: number;
  /** All that the model writes, hidden reasoning too. */
  readonly outputTokens: number;
  /** Parameters that one token uses; of a dense model all. */
  readonly activeParameters?: number | Span | undefined;
  readonly totalParameters?: number | Span | undefined;
  /** Per weight. */
  readonly bits?: number | undefined;
  readonly gpu?: GpuKind | undefined;
  readonly gpus?: number | undefined;
  /** Requests that the provider answers at the same time, on the same GPUs. */
  readonly concurrency?: number | undefined;
}

export interface RequestEstimate {
  readonly model?: string;
  /**
   * `measured`: of a model in the measured set. `parameters`: of one that is only described. `range`: of one whose
   * parameters are a range, so that the middles of the intervals mean nothing.
   */
  readonly basis: "measured" | "parameters" | "range";
  /** Joules of the GPUs for writing the answer; nominal 95 %, as all. */
  readonly outputJ: Interval;
  /** Joules of the GPUs for reading the prompt. */
  readonly inputJ: Interval;
  readonly gpuJ: Interval;
  /** The GPUs and the server around them: the IT energy that a PUE multiplies. */
  readonly serverJ: Interval;
  /** What it was computed with; of a range, its lower end. */
  readonly serving: Serving;
  /** What nobody told and was assumed. */
  readonly assumptions: readonly string[];
  /** How wrong the fit is about models, or all models of a maker, that it has not seen. */
  readonly error: LeftOutError & { readonly leftOut: "model" | "maker" };
}

/**
 * The server around the GPUs, as a multiple of their energy. 1.43: CPU and memory took 25 % and accelerators 58 % of a
 * prompt's energy at Google (Elsworth et al. 2025, arXiv:2508.15734). Low: 1.2 kW beside eight GPUs of 700 W (EcoLogits
 * 0.9, methodology of LLM inference). High: at most 10.2 kW with eight GPUs of 700 W (NVIDIA DGX H100 datasheet).
 */
const SERVER_FACTOR: Interval = { low: 1.21, value: 1.43, high: 1.82 };
/** Of a forward pass, per active parameter and token (Kaplan et al. 2020, arXiv:2001.08361, table 1). */
const FLOP = 2;
/** Part of its peak that a GPU at full power reaches while it reads prompts: our choice, 20 to 80 %. */
const PROMPT_UTILISATION = 0.4;
const PROMPT_FACTOR = 2;

/** Throws "not-found" for a model of unknown size and "bad-option" for numbers that cannot be. */
export function estimateRequest(request: RequestToEstimate): RequestEstimate {
  const { activeParameters, totalParameters, bits, inputTokens, outputTokens } = request;
  const known = request.model === undefined ? undefined : findMeasuredModel(request.model);
  const model = known?.model ?? request.model;
  if (known === undefined && activeParameters === undefined) throw unknownSize(model);
  // The total and the bits of a measured model do not belong to other parameters.
  const shape = activeParameters === undefined ? known : undefined;
  const isMeasured = shape !== undefined && totalParameters === undefined && bits === undefined;
  const error = isMeasured ? FITTED.leftOutModel : FITTED.leftOutMaker;
  const at = (end: keyof Span): Ended => {
    const given: GivenServing = {
      activeBillions: billions(activeParameters, end) ?? shape!.activeBillions,
      totalBillions: billions(totalParameters, end) ?? shape?.totalBillions,
      bits: bits ?? shape?.bits,
      gpu: request.gpu,
      gpus: request.gpus,
      concurrency: request.concurrency,
      outputTokens,
    };
    checkNumbers(given, inputTokens);
    return { given, ...energyOf(given, inputTokens, error.factor95) };
  };
  const isRange = [activeParameters, totalParameters].some((each) => typeof each === "object");
  const low = at("low");
  const high = isRange ? at("high") : low;
  return {
    ...(model !== undefined && { model }),
    basis: isRange ? "range" : isMeasured ? "measured" : "parameters",
    outputJ: hull(low.outputJ, high.outputJ),
    inputJ: hull(low.inputJ, high.inputJ),
    gpuJ: hull(low.gpuJ, high.gpuJ),
    serverJ: hull(low.serverJ, high.serverJ),
    serving: servingOf(low.given),
    assumptions: assumptionsOf(low.given),
    error: { ...error, leftOut: isMeasured ? "model" : "maker" },
  };
}

type Energies = Pick<RequestEstimate, "outputJ" | "inputJ" | "gpuJ" | "serverJ">;
type Ended = Energies & { readonly given: GivenServing };

function energyOf(given: GivenServing, inputTokens: number, factor95: number): Energies {
  const perOutput = (serving: Serving): number => predict(FITTED.coefficients, serving);
  const outputJ = scale(widened(perOutput, given, factor95), given.outputTokens);
  const inputJ = scale(widened(perInputToken, given, PROMPT_FACTOR), inputTokens);
  // Both hang on the same guess about model and GPU.
  const gpuJ = sumCorrelated([outputJ, inputJ]);
  return { outputJ, inputJ, gpuJ, serverJ: product(gpuJ, SERVER_FACTOR) };
}

/** @returns joules: arithmetic at a part of the GPU's peak, at its full power. */
function perInputToken({ activeBillions, gpu }: Serving): number {
  const { watts, teraflops } = GPUS[gpu];
  return (FLOP * activeBillions * 1e9 * watts) / (teraflops * 1e12 * PROMPT_UTILISATION);
}

const billions = (parameters: number | Span | undefined, end: keyof Span): number | undefined =>
  parameters === undefined
    ? undefined
    : (typeof parameters === "number" ? parameters : parameters[end]) / 1e9;

/** From the least to the most of both; the middle of a factor is its geometric mean. */
const hull = (a: Interval, b: Interval): Interval => ({
  low: Math.min(a.low, b.low),
  value: a.value === b.value ? a.value : Math.sqrt(a.value * b.value),
  high: Math.max(a.high, b.high),
});

const LEAST = { activeBillions: 0, totalBillions: 0, bits: 1, gpus: 1, concurrency: 1 } as const;

function checkNumbers(given: GivenServing, inputTokens: number): void {
  const bad = (what: string, why: string): FrugalError =>
    new FrugalError({ code: "bad-option", what, why, remedy: "correct it; docs/remote.md explains each" });
  for (const [name, least] of Object.entries(LEAST) as [keyof typeof LEAST, number][]) {
    const value = given[name];
    if (value !== undefined && !(value > 0 && value >= least && Number.isFinite(value)))
      throw bad(`${QUANTITIES[name]}, ${value},`, "cannot be");
  }
  const { activeBillions, totalBillions = activeBillions, outputTokens } = given;
  if (totalBillions < activeBillions)
    throw bad(`${totalBillions} billion parameters`, `fewer than the ${activeBillions} billion active ones`);
  for (const count of [inputTokens, outputTokens])
    if (!(count >= 0 && Number.isFinite(count))) throw bad(`${count} tokens`, "it is not a count");
  if (inputTokens + outputTokens === 0) throw bad("0 tokens", "nothing is read and nothing is written");
}
