/** Progress is passed in as events; only apps/ draws them. */
export type ProgressEvent =
  | { readonly kind: "phase"; readonly name: string; readonly total?: number; readonly unit?: string }
  | {
      readonly kind: "advance";
      readonly done: number;
      readonly total?: number;
      readonly energyJ?: number;
      /** How the work itself goes: `loss 0.43  1,240 tok/s`. */
      readonly detail?: string;
    }
  | { readonly kind: "note"; readonly text: string };

export type Progress = (event: ProgressEvent) => void;

export const silent: Progress = () => {};
