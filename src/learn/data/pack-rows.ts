/** Sequences put together into rows of one length: tokens that only fill up cost as much as those that are learned. */
import type { Random } from "../../core/random.ts";
import { shuffled } from "../../core/random.ts";

/**
 * Best-fit decreasing (as TRL packs): the longest first, each into the row with the least room that takes it. Which of equally long
 * sequences share a row is by chance; how many rows there are depends on the lengths alone.
 * @param sizes at most `length` each. @returns for each row the places of its sequences.
 */
export function packRows(
  sizes: readonly number[],
  length: number,
  random: Random,
): readonly (readonly number[])[] {
  const order = shuffled(
    sizes.map((_, at) => at),
    random,
  ).sort((a, b) => sizes[b]! - sizes[a]!);
  const rows: number[][] = [];
  /** Rows by the room that they have left. */
  const withRoom: number[][] = Array.from({ length: length + 1 }, () => []);
  for (const at of order) {
    const size = sizes[at]!;
    let room = size;
    while (room <= length && withRoom[room]!.length === 0) room++;
    const row = room > length ? rows.push([]) - 1 : withRoom[room]!.pop()!;
    rows[row]!.push(at);
    withRoom[Math.min(room, length) - size]!.push(row);
  }
  return rows;
}
