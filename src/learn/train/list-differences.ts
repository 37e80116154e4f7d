/** Which parts of two JSON values differ, for people: "rate: 0.001 then, 0.0001 now". */
const MOST_SHOWN = 60;

export function listDifferences(then: unknown, now: unknown, path = ""): readonly string[] {
  if (isRecord(then) && isRecord(now)) {
    const names = new Set([...Object.keys(then), ...Object.keys(now)]);
    return [...names].flatMap((name) =>
      listDifferences(then[name], now[name], path === "" ? name : `${path}.${name}`),
    );
  }
  if (JSON.stringify(then) === JSON.stringify(now)) return [];
  return [`${path === "" ? "it" : path}: ${shown(then)} then, ${shown(now)} now`];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function shown(value: unknown): string {
  const text = value === undefined ? "not given" : JSON.stringify(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}
