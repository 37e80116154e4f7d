/** Progress is passed in as events; only apps/ draws them. */
export type ProgressEvent =
  | { readonly kind: "phase"; readonly name: string; readonly total?: number; readonly unit?: string }
  | { readonly kind: "advance"; readonly done: number; readonly total?: number; readonly energyJ?: number }
  | { readonly kind: "note"; readonly text: string };

export type Progress = (event: ProgressEvent) => void;

export const silent: Progress = () => {};
