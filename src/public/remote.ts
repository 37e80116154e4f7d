/** `frugal/remote`: `const { serverJ } = estimateRequest({ model: "openai/gpt-oss-20b", inputTokens: 500, outputTokens: 300 })`. */
export {
  estimateRequest,
  type RequestEstimate,
  type RequestToEstimate,
  type Span,
} from "../energy/remote/estimate-request.ts";
export type { LeftOutError } from "../energy/remote/fit-energy.ts";
export { findMeasuredModel, type MeasuredModel, measuredModels } from "../energy/remote/model-shape.ts";
export type { GpuKind, Serving } from "../energy/remote/serving.ts";
