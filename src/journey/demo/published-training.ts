/**
 * What it takes to train a speech recogniser from nothing, by what others have published. We found no published hours or
 * energy of Moonshine itself, so two trainings of the same kind (transformer encoders with a transducer, by the recipes of icefall) stand for it.
 */
import type { PublishedFigure } from "../../score/choice-report.ts";

interface Training {
  readonly gpus: number;
  readonly hoursPerEpoch: number;
  readonly epochs: number;
}

/** Zipformer small, 23.2 M parameters, LibriSpeech: github.com/k2-fsa/icefall/pull/1058 (hours), egs/librispeech/ASR/RESULTS.md (epochs). */
const SMALL: Training = { gpus: 2, hoursPerEpoch: 1.5, epochs: 40 };
/** Zipformer, 70.4 M parameters, LibriSpeech and GigaSpeech: github.com/k2-fsa/icefall/pull/675 (9 h 10 min), RESULTS.md (epochs). */
const LARGE: Training = { gpus: 8, hoursPerEpoch: 55 / 6, epochs: 20 };

/** Thermal design power of the GPU of both, Tesla V100 SXM2: NVIDIA, V100 data sheet. */
const V100_W = 300;
/** Mean of the industry: Uptime Institute, Global Data Center Survey 2023. */
const PUE = 1.58;
/** A GPU in training seldom draws all of its design power: our choice for the lower end is half, in a data centre without overhead. */
const LEAST_SHARE = 0.5;

const gpuHours = ({ gpus, hoursPerEpoch, epochs }: Training): number => gpus * hoursPerEpoch * epochs;
const kwh = (training: Training): number => (gpuHours(training) * V100_W) / 1_000;

export const SPEECH_TRAINING: PublishedFigure = {
  label: "a new model of this kind",
  value: { low: kwh(SMALL) * LEAST_SHARE, value: kwh(SMALL) * PUE, high: kwh(LARGE) * PUE },
  unit: "kWh",
  source:
    "icefall pull requests 1058 and 675 (GPUs, hours, epochs); NVIDIA V100 data sheet (300 W); Uptime Institute 2023 (PUE 1.58)",
  notes: [
    `GPU-hours × design power × PUE, an estimate from above: ${gpuHours(SMALL)} V100-hours for a model of 23 million parameters on 960 hours of speech.`,
    `The upper end is ${Math.round(gpuHours(LARGE)).toLocaleString("en")} V100-hours for one of 70 million parameters on more data; the lower end takes half the design power and no overhead.`,
    "Moonshine tiny itself learned from about 200,000 hours of speech, more than either.",
    "GPUs only: the servers around them, failed attempts and the making of the data are not in it.",
  ],
};
