/** The table of ARCHITECTURE.md as data: a room imports only from itself and the rooms in its row. */
const USE_CASES = [
  "core", "receipt", "energy", "ledger", "formats", "graph", "models", "engines", "hub", "learn", "score", "report",
]; // biome-ignore format: one line reads as one row
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  host: ["core"],
  receipt: ["core"],
  energy: ["core", "receipt"],
  ledger: ["core", "receipt"],
  formats: ["core"],
  graph: ["core", "formats"],
  models: ["core", "formats", "graph"],
  engines: ["core", "formats", "graph", "models"],
  hub: ["core", "formats", "receipt"],
  learn: ["core", "formats", "graph", "models", "engines"],
  score: ["core", "receipt", "engines", "hub"],
  report: ["core", "receipt", "ledger", "score"],
  reuse: USE_CASES,
  reduce: USE_CASES,
  recycle: USE_CASES,
  journey: [...USE_CASES, "reuse", "reduce", "recycle"],
  apps: [...USE_CASES, "reuse", "reduce", "recycle", "journey"],
  public: [...USE_CASES, "host", "reuse", "reduce", "recycle", "journey"],
  bin: [...USE_CASES, "host", "reuse", "reduce", "recycle", "journey", "apps"],
};
/** Rooms that the browser page reaches: built-ins of Node would break its bundle. */
const BROWSER_ROOMS = new Set(["core"]);

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)["']([^"']+)["']/g;
export const importsOf = (text: string): string[] => [...text.matchAll(IMPORT)].map((match) => match[1]!);

/** Why `file` (relative to src/) must not import `target` (relative to src/, or a package), or undefined. */
export function forbiddenImport(file: string, target: string): string | undefined {
  if (!file.includes("/")) return undefined; // src/index.ts: the public face
  const room = file.split("/")[0]!;
  const allowed = ROOMS[room];
  if (allowed === undefined) return `${file} lies in no room of the table; see ARCHITECTURE.md`;
  if (target.startsWith("node:")) {
    return BROWSER_ROOMS.has(room)
      ? `${file} imports ${target}: the browser reaches ${room}/, no node: there`
      : undefined;
  }
  const path = target.replaceAll("\\", "/");
  const other = path.split("/")[0]!;
  if (ROOMS[other] === undefined) return undefined; // a package
  if (room === "apps" && other === "apps") {
    return file.split("/")[1] === path.split("/")[1]
      ? undefined
      : `${file} imports ${path}: apps never import each other`;
  }
  if (other === room || allowed.includes(other)) return undefined;
  return `${file} reaches up to ${path}; move the shared part down or pass it in`;
}
