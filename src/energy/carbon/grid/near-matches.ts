const MOST = 5;

/** Up to five names that continue `given` or differ from it by at most two letters, closest first. */
export function nearMatches(given: string, names: readonly string[]): readonly string[] {
  const ranked = names.map((name) => ({ name, distance: distanceOf(given, name) }));
  const limit = given.length <= 3 ? 1 : 2;
  return ranked
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, MOST)
    .map(({ name }) => name);
}

function distanceOf(given: string, name: string): number {
  if (given.length >= 2 && (name.startsWith(`${given}-`) || given.startsWith(`${name}-`))) return 0.5;
  return editDistance(given, name);
}

/** Levenshtein (1966): insertions, deletions and replacements that turn one text into the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
