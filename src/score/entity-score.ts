/**
 * Precision, recall and F1 of whole entities, as the CoNLL-2000 evaluation counts them and seqeval after it: an entity is right
 * when its kind, its first and its last token are.
 */
import { invariant } from "../core/error.ts";

export interface EntityScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** True entities. */
  readonly support: number;
}

export interface EntityScores extends EntityScore {
  readonly byKind: ReadonlyMap<string, EntityScore>;
}

/** "B-PER" → B and PER; a tag without a prefix is an entity of one kind that goes on as long as it is repeated. */
interface Tag {
  readonly prefix: string;
  readonly kind: string;
}
const OUTSIDE: Tag = { prefix: "O", kind: "_" };

function parseTag(text: string): Tag {
  if (text === "O") return OUTSIDE;
  const [, prefix, kind] = /^([BIESLU])(?:-(.*))?$/s.exec(text) ?? [];
  // L and U are what other schemes call E and S.
  if (prefix !== undefined) return { prefix: { L: "E", U: "S" }[prefix] ?? prefix, kind: kind ?? "_" };
  return { prefix: "I", kind: text };
}

const ends = (before: Tag, now: Tag): boolean =>
  before.prefix !== "O" &&
  (before.prefix === "E" ||
    before.prefix === "S" ||
    now.prefix === "B" ||
    now.prefix === "S" ||
    now.prefix === "O" ||
    before.kind !== now.kind);

const starts = (before: Tag, now: Tag): boolean =>
  now.prefix !== "O" &&
  (now.prefix === "B" ||
    now.prefix === "S" ||
    before.prefix === "O" ||
    before.prefix === "E" ||
    before.prefix === "S" ||
    before.kind !== now.kind);

/** Each entity as "kind from to", with places of the whole text. */
function entitiesOf(sentences: readonly (readonly string[])[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let at = 0;
  for (const sentence of sentences) {
    let before = OUTSIDE;
    let from = at;
    for (const tag of [...sentence.map(parseTag), OUTSIDE]) {
      if (ends(before, tag)) found.set(`${before.kind} ${from} ${at - 1}`, before.kind);
      if (starts(before, tag)) from = at;
      before = tag;
      at++;
    }
  }
  return found;
}

/** @param truth tags of each sentence, in any scheme of B, I, O, E, S (or L, U). Nothing found or nothing true counts 0. */
export function entityScores(
  truth: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
): EntityScores {
  invariant(
    truth.length === predicted.length,
    `${truth.length} true sentences, ${predicted.length} predicted`,
  );
  for (const [at, sentence] of truth.entries())
    invariant(sentence.length === predicted[at]!.length, `sentence ${at + 1} has two lengths`);
  const [wanted, made] = [entitiesOf(truth), entitiesOf(predicted)];
  const kinds = [...new Set([...wanted.values(), ...made.values()])].sort();
  const scoreOf = (isMeant: (kind: string) => boolean): EntityScore => {
    const count = (entities: ReadonlyMap<string, string>): number =>
      [...entities.values()].filter(isMeant).length;
    const right = [...made].filter(([entity, kind]) => isMeant(kind) && wanted.has(entity)).length;
    const [support, claimed] = [count(wanted), count(made)];
    const precision = claimed === 0 ? 0 : right / claimed;
    const recall = support === 0 ? 0 : right / support;
    const f1 = right === 0 ? 0 : (2 * precision * recall) / (precision + recall);
    return { precision, recall, f1, support };
  };
  const byKind = new Map(kinds.map((kind) => [kind, scoreOf((one) => one === kind)]));
  return { ...scoreOf(() => true), byKind };
}
