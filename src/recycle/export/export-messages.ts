/** What the command and the process that exports say to each other; all of it survives structured clone. */
import type { ChildFailure } from "../../engines/engine-messages.ts";
import type { ExportCheck } from "../../learn/lora/check-export.ts";
import type { AdaptedModel } from "../../learn/lora/find-adapted.ts";
import type { ExportFormat } from "./export-formats.ts";

export interface ExportOrder {
  readonly format: ExportFormat;
  /** An absolute folder, empty or not there. */
  readonly out: string;
}

export interface ExportRequest {
  readonly model: AdaptedModel;
  readonly orders: readonly ExportOrder[];
  /** Where graphs are written for the while. */
  readonly scratch: string;
}

export interface Exported extends ExportOrder, ExportCheck {}

export interface ToExporter {
  readonly kind: "export";
  readonly request: ExportRequest;
}

export type FromExporter =
  | { readonly kind: "exported"; readonly made: Exported }
  | { readonly kind: "export-done" }
  | { readonly kind: "failed"; readonly failure: ChildFailure };
