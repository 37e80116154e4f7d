/** Made by scripts/fit-remote-energy.mjs from data/remote-energy/measured.csv: run it again, do not edit. */
import type { EnergyFit } from "./fit-energy.ts";
import type { ModelShape } from "./serving.ts";

export const FITTED: EnergyFit = {
  settings: 515,
  ranges: {
    activeBillions: [3, 405],
    totalBillions: [8, 671],
    bits: [4, 16],
    gpus: [1, 8],
    concurrency: [7.901, 4095],
    outputTokens: [345.7, 11860],
  },
  coefficients: {
    constant: -1.44373,
    logActive: 0.281153,
    logRead: 0.420283,
    logGpus: 0.386035,
    logConcurrency: -0.556118,
    logConcurrencySquared: 0.051169,
    logOutputTokens: 0.138873,
    isB200: -0.00927275,
  },
  leftOutModel: {
    groups: 17,
    meanAbsolute: 0.209845,
    worstGroup: "meta-llama 400B-A17B",
    worst: 0.527409,
    factor95: 1.73299,
    covered: 0.959315,
  },
  leftOutMaker: {
    groups: 6,
    meanAbsolute: 0.220558,
    worstGroup: "openai",
    worst: 0.274531,
    factor95: 1.994,
    covered: 0.980747,
  },
};

/** The models of the measured set. */
export const MEASURED_MODELS: Readonly<Record<string, ModelShape>> = {
  "Qwen/Qwen3-14B": {
    activeBillions: 14,
    totalBillions: 14,
    bits: 16,
  },
  "Qwen/Qwen3-235B-A22B-Thinking-2507": {
    activeBillions: 22,
    totalBillions: 235,
    bits: 16,
  },
  "Qwen/Qwen3-235B-A22B-Thinking-2507-FP8": {
    activeBillions: 22,
    totalBillions: 235,
    bits: 8,
  },
  "Qwen/Qwen3-30B-A3B-Thinking-2507": {
    activeBillions: 3,
    totalBillions: 30,
    bits: 16,
  },
  "Qwen/Qwen3-32B": {
    activeBillions: 32,
    totalBillions: 32,
    bits: 16,
  },
  "Qwen/Qwen3-8B": {
    activeBillions: 8,
    totalBillions: 8,
    bits: 16,
  },
  "deepseek-ai/DeepSeek-R1-0528": {
    activeBillions: 37,
    totalBillions: 671,
    bits: 8,
  },
  "deepseek-ai/DeepSeek-V3.1": {
    activeBillions: 37,
    totalBillions: 671,
    bits: 8,
  },
  "nvidia/NVIDIA-Nemotron-Nano-12B-v2": {
    activeBillions: 12,
    totalBillions: 12,
    bits: 16,
  },
  "nvidia/NVIDIA-Nemotron-Nano-9B-v2": {
    activeBillions: 9,
    totalBillions: 9,
    bits: 16,
  },
  "openai/gpt-oss-120b": {
    activeBillions: 5,
    totalBillions: 117,
    bits: 4,
  },
  "openai/gpt-oss-20b": {
    activeBillions: 4,
    totalBillions: 21,
    bits: 4,
  },
  "Qwen/Qwen3-235B-A22B-Instruct-2507": {
    activeBillions: 22,
    totalBillions: 235,
    bits: 16,
  },
  "Qwen/Qwen3-235B-A22B-Instruct-2507-FP8": {
    activeBillions: 22,
    totalBillions: 235,
    bits: 8,
  },
  "Qwen/Qwen3-30B-A3B-Instruct-2507": {
    activeBillions: 3,
    totalBillions: 30,
    bits: 16,
  },
  "google/gemma-3-12b-it": {
    activeBillions: 12,
    totalBillions: 12,
    bits: 16,
  },
  "google/gemma-3-27b-it": {
    activeBillions: 27,
    totalBillions: 27,
    bits: 16,
  },
  "meta-llama/Llama-3.1-405B-Instruct": {
    activeBillions: 405,
    totalBillions: 405,
    bits: 16,
  },
  "meta-llama/Llama-3.1-405B-Instruct-FP8": {
    activeBillions: 405,
    totalBillions: 405,
    bits: 8,
  },
  "meta-llama/Llama-3.1-70B-Instruct": {
    activeBillions: 70,
    totalBillions: 70,
    bits: 16,
  },
  "meta-llama/Llama-3.1-8B-Instruct": {
    activeBillions: 8,
    totalBillions: 8,
    bits: 16,
  },
  "meta-llama/Llama-3.3-70B-Instruct": {
    activeBillions: 70,
    totalBillions: 70,
    bits: 16,
  },
  "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8": {
    activeBillions: 17,
    totalBillions: 400,
    bits: 8,
  },
  "meta-llama/Llama-4-Scout-17B-16E-Instruct": {
    activeBillions: 17,
    totalBillions: 109,
    bits: 16,
  },
};
