/**
 * Change of sampling rate by a Kaiser-windowed sinc, one filter per phase (J. O. Smith, "Digital Audio Resampling
 * Home Page": bandlimited interpolation). The cut-off lies at the lower of the two Nyquist frequencies.
 */
import type { Sound } from "./wav.ts";

/** Zero crossings of the sinc on each side: more give a steeper edge. */
const CROSSINGS = 24;
/** Kaiser's β for about 90 dB of stop-band attenuation (Oppenheim & Schafer, Discrete-Time Signal Processing, 7.5). */
const BETA = 8.96;
/** The edge's width must end at Nyquist, so the cut-off stays this far below it. */
const ROLL_OFF = 0.94;
/** Rates with a huge common period would need as many filters: above this, filters are made per sample. */
const LARGEST_TABLE = 2_048;

export function resample(sound: Sound, rateHz: number): Float32Array {
  const { samples } = sound;
  if (sound.rateHz === rateHz) return samples;
  const divisor = gcd(sound.rateHz, rateHz);
  const [up, down] = [rateHz / divisor, sound.rateHz / divisor];
  const cutoff = Math.min(1, up / down) * ROLL_OFF;
  const reach = Math.ceil(CROSSINGS / cutoff);
  const table = new Map<number, Float64Array>();
  const filterFor = (phase: number): Float64Array => {
    const known = table.get(phase);
    if (known !== undefined) return known;
    const made = filterAt(phase / up, cutoff, reach);
    if (up <= LARGEST_TABLE) table.set(phase, made);
    return made;
  };
  const count = Math.ceil((samples.length * up) / down);
  const result = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    // Position in the input: whole samples and a phase of 1/up of a sample, both exact.
    const steps = index * down;
    const whole = Math.floor(steps / up);
    const filter = filterFor(steps - whole * up);
    let sum = 0;
    for (let tap = 0; tap < filter.length; tap++) {
      const sample = samples[whole - reach + 1 + tap];
      if (sample !== undefined) sum += sample * filter[tap]!;
    }
    result[index] = sum;
  }
  return result;
}

/** Taps for a point `fraction` of a sample after the middle; they sum to 1, so a constant stays a constant. */
function filterAt(fraction: number, cutoff: number, reach: number): Float64Array {
  const taps = new Float64Array(2 * reach);
  let sum = 0;
  for (let tap = 0; tap < taps.length; tap++) {
    const distance = tap - reach + 1 - fraction;
    const edge = distance / reach;
    const window = Math.abs(edge) < 1 ? bessel(BETA * Math.sqrt(1 - edge * edge)) / bessel(BETA) : 0;
    taps[tap] = sinc(distance * cutoff) * cutoff * window;
    sum += taps[tap]!;
  }
  return taps.map((value) => value / sum);
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Modified Bessel function of the first kind, order 0, by its power series (Abramowitz & Stegun 9.6.12). */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let n = 1; term > sum * 1e-16; n++) {
    term *= (x / (2 * n)) ** 2;
    sum += term;
  }
  return sum;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
