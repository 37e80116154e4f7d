/** What a graph would read wrong places of memory for, or answer with nonsense: refused before the run. */
import { FrugalError } from "../core/error.ts";
import { IGNORED } from "./losses/classification.ts";

export interface TokenLimits {
  /** Rows of the table of tokens. */
  readonly vocabulary: number;
  /** Longest row that the table of positions serves, or the rows of that table where positions are given. */
  readonly positions: number;
  /** Kinds of segments; 0 where there are none. */
  readonly types?: number;
}

export interface TokenRow {
  readonly ids: ArrayLike<number>;
  /** Where they are not 0, 1, 2 … */
  readonly positions?: ArrayLike<number>;
  readonly types?: ArrayLike<number>;
}

/** @throws "bad-data" naming the first row and token that the model has no place for. */
export function checkTokens(rows: readonly TokenRow[], limits: TokenLimits): void {
  for (const [row, { ids, positions, types }] of rows.entries()) {
    const where = (at: number): string => `row ${row + 1}, token ${at + 1}`;
    checkRange(ids, limits.vocabulary, (at, id) =>
      bad(
        `${where(at)} is ${id}`,
        `the vocabulary has the tokens 0 to ${limits.vocabulary - 1}`,
        "tokenize with the model's own tokenizer",
      ),
    );
    if (positions === undefined && ids.length > limits.positions) {
      throw bad(
        `row ${row + 1} has ${ids.length} tokens`,
        `the model has positions for ${limits.positions}`,
        "cut the text, or choose a model for longer ones",
      );
    }
    checkRange(positions ?? [], limits.positions, (at, position) =>
      bad(
        `${where(at)} has position ${position}`,
        `the model has the positions 0 to ${limits.positions - 1}`,
        "cut the text, or choose a model for longer ones",
      ),
    );
    const kinds = limits.types ?? 0;
    checkRange(types ?? [], kinds, (at, type) =>
      bad(
        `${where(at)} is of segment type ${type}`,
        kinds === 0 ? "the model has no segment types" : `the model has the segment types 0 to ${kinds - 1}`,
        "tokenize with the model's own tokenizer",
      ),
    );
  }
}

/** Of classes: 0 to `classes` − 1, or −100 for what counts nowhere. @throws "bad-data" */
export function checkClassLabels(labels: ArrayLike<number>, classes: number): void {
  checkRange(
    labels,
    classes,
    (at, label) =>
      bad(
        `label ${at + 1} is ${label}`,
        `the model has the classes 0 to ${classes - 1}, and ${IGNORED} for what counts nowhere`,
        "number the classes from 0, or give the head as many as there are",
      ),
    IGNORED,
  );
}

/** Of several classes at once: 0 to 1, or −100 for what counts nowhere. @throws "bad-data" */
export function checkBinaryLabels(labels: ArrayLike<number>): void {
  for (let at = 0; at < labels.length; at++) {
    const label = labels[at]!;
    if (label === IGNORED || (label >= 0 && label <= 1)) continue;
    throw bad(
      `label ${at + 1} is ${label}`,
      `a label says how true its class is, from 0 to 1, or ${IGNORED} where it counts nowhere`,
      "give 1 to each class that an example has, else 0",
    );
  }
}

function checkRange(
  values: ArrayLike<number>,
  end: number,
  refusal: (at: number, value: number) => FrugalError,
  also?: number,
): void {
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (value !== also && !(Number.isInteger(value) && value >= 0 && value < end)) throw refusal(at, value);
  }
}

const bad = (what: string, why: string, remedy: string): FrugalError =>
  new FrugalError({ code: "bad-data", what, why, remedy });
