/**
 * The versioned record of any run. JSON has no types, so keys carry the unit. This file is types only: the browser
 * reads it too. Absent parts are left out, never zero.
 */
import type { Boundary, Component, Method, SplitLine } from "../core/meter.ts";
import type { CarbonParts } from "./carbon-parts.ts";

export const RECEIPT_SCHEMA = "frugal.receipt/1";

export type ReceiptKind = "run" | "track" | "monitor" | "train" | "evaluate" | "choose" | "demo" | "import";

export interface Range {
  readonly low: number;
  readonly value: number;
  readonly high: number;
}

export interface FileDigest {
  /** Relative to the model folder or as the user named it; never an absolute path. */
  readonly path: string;
  readonly size_b: number;
  readonly sha256: string;
}

/** What was run. */
export interface Subject {
  readonly type: "model" | "command" | "data" | "machine";
  /** Model id, folder name, the command's name, or what the user calls the machine. */
  readonly id: string;
  readonly commit?: string;
  readonly task?: string;
  readonly engine?: string;
  readonly dtype?: string;
  readonly device?: string;
  readonly files?: readonly FileDigest[];
}

export type EnergyPart =
  | {
      readonly component: Component;
      readonly status: "measured" | "modelled";
      readonly boundary: Boundary;
      readonly method: Method;
      readonly source: string;
      readonly energy_j: Range;
      readonly coverage: number;
      readonly notes: readonly string[];
      /** Whose a machine-wide reading is; the lines add up to `energy_j`. */
      readonly split?: {
        readonly lines: readonly {
          readonly owner: SplitLine["owner"];
          readonly name: string;
          readonly energy_j: Range;
        }[];
        readonly rule: string;
      };
    }
  | {
      readonly component: Component;
      readonly status: "unavailable";
      readonly source: string;
      readonly reason: string;
      readonly remedy: string;
    };

export interface EnergyRecord {
  readonly parts: readonly EnergyPart[];
  /** The `node` part where there is one, then the others are parts of it; else the sum of the available parts. Nominal 95 %. */
  readonly total_j?: Range;
  /** Node less its parts; left out without a node part. */
  readonly unattributed_j?: Range;
  /** The part of a wider total that the process tree used; left out where it cannot be told. */
  readonly own_j?: Range;
  /** What the total covers; left out by receipts from before it was recorded. */
  readonly boundary?: Boundary | "mixed";
  /** The weakest method in the total. */
  readonly status: "measured" | "modelled" | "unavailable";
  /** True when other spans ran at the same time. */
  readonly shared: boolean;
  readonly cpu_s?: number;
  /** Doubts about the total, such as parts that exceed the node. */
  readonly notes?: readonly string[];
}

/** Location-based, of the IT energy; what is known beside it lies in the parts. */
export interface CarbonRecord extends CarbonParts {
  readonly emissions_g: Range;
  readonly intensity_g_per_kwh: Range;
  readonly zone: string;
  /** How the zone was known. */
  readonly zone_from: "flag" | "environment" | "config" | "metadata" | "import" | "default";
  readonly year: number;
  readonly source: string;
  readonly licence: string;
  readonly notes: readonly string[];
}

export interface QualityFigure {
  /** accuracy, macro_f1, word_error_rate … */
  readonly metric: string;
  readonly estimate: Range;
  readonly count: number;
  readonly method: string;
}

/** What the energy was spent on. */
export interface WorkRecord {
  /** Singular: item, mail, clip, token. */
  readonly unit: string;
  readonly count: number;
  readonly energy_per_unit_j?: Range;
}

export interface ReceiptBody {
  readonly schema: typeof RECEIPT_SCHEMA;
  readonly kind: ReceiptKind;
  readonly subject: Subject;
  /** Ids of the receipts that this run builds on. */
  readonly parents: readonly string[];
  readonly started_at: string;
  readonly duration_s: number;
  readonly energy: EnergyRecord;
  readonly carbon?: CarbonRecord;
  readonly work?: WorkRecord;
  readonly quality?: readonly QualityFigure[];
  readonly hardware: {
    readonly cpu_model: string;
    readonly cpu_threads: number;
    readonly memory_b: number;
    readonly os: string;
    readonly arch: string;
  };
  readonly software: Readonly<Record<string, string>>;
  readonly seeds?: Readonly<Record<string, number>>;
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  readonly outcome: {
    readonly status: "ok" | "failed" | "interrupted";
    readonly exit_code?: number;
    readonly signal?: string;
    readonly error_code?: string;
  };
}

/** A body with its content hash: sha256 of the canonical JSON of the body, in hexadecimal. */
export interface Receipt extends ReceiptBody {
  readonly id: string;
}
