import { invariant } from "../../core/error.ts";
import { GPU_KINDS, type Serving } from "./serving.ts";

/** One measured setting: data/remote-energy/README.md says where they come from. */
export interface MeasuredPoint extends Serving {
  readonly model: string;
  /** GPU energy per output token. */
  readonly joulesPerToken: number;
}

const COLUMNS =
  "model,active_billions,total_billions,bits,gpu,gpus,concurrency,output_tokens,joules_per_output_token,task";

/** @param csv data/remote-energy/measured.csv. */
export function parsePoints(csv: string): readonly MeasuredPoint[] {
  const [header, ...rows] = csv.trim().split("\n");
  invariant(header === COLUMNS, "the columns of measured.csv have changed");
  return rows.map((row) => {
    const cells = row.split(",");
    const number = (at: number): number => {
      const value = Number(cells[at]);
      invariant(value > 0 && Number.isFinite(value), `measured.csv: ${row}`);
      return value;
    };
    const gpu = GPU_KINDS.find((each) => each === cells[4]);
    invariant(gpu !== undefined, `measured.csv: ${row}`);
    return {
      model: cells[0]!,
      activeBillions: number(1),
      totalBillions: number(2),
      bits: number(3),
      gpu,
      gpus: number(5),
      concurrency: number(6),
      outputTokens: number(7),
      joulesPerToken: number(8),
    };
  });
}

/** The owner's name on the hub. */
export const makerOf = ({ model }: MeasuredPoint): string => model.split("/")[0]!;

/**
 * Variants of one model (instruction and thinking, 16 and 8 bits, 3.1 and 3.3) share its shape: what is left out of a fit
 * must take them along, or the fit has seen the model.
 */
export const familyOf = (point: MeasuredPoint): string => {
  const { activeBillions, totalBillions } = point;
  return `${makerOf(point)} ${totalBillions}B${activeBillions === totalBillions ? "" : `-A${activeBillions}B`}`;
};
