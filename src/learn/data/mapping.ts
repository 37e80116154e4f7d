/** Which column of a file is what to training: found by names and values, shown, and fixed by naming columns. */
import { FrugalError } from "../../core/error.ts";
import { nearest } from "../../engines/nearest.ts";
import type { DataTable } from "../../formats/data/data-table.ts";
import type { ExampleKind } from "./example.ts";
import { type Column, SHAPE_NAMES, SHAPES, type ShapeName } from "./shapes.ts";

export interface Mapping {
  readonly shape: ShapeName;
  readonly kind: ExampleKind;
  /** Column by role. */
  readonly columns: Readonly<Record<string, string>>;
  /** Columns that nothing is learned from. */
  readonly unused: readonly string[];
}

export interface MappingOptions {
  /** Column by role, where names do not tell: `{text: "body", label: "class"}`. */
  readonly map?: Readonly<Record<string, string>>;
  /** The shape, where columns do not tell. */
  readonly shape?: ShapeName;
  /** Kinds that can be trained on; others are refused. All unless given. */
  readonly accept?: readonly ExampleKind[];
}

const ROLES: readonly string[] = [...new Set(SHAPE_NAMES.flatMap((name) => Object.keys(SHAPES[name].roles)))];

/** `text <- body, label <- class`. */
export const describeMapping = ({ columns }: Mapping): string =>
  Object.entries(columns)
    .map(([role, column]) => `${role} <- ${column}`)
    .join(", ");

/** Reads another file as this one was read, whatever its values: test data with few numbers are still numbers. */
export const sameMapping = ({ shape, columns }: Mapping): MappingOptions => ({
  shape,
  // What is optional may be missing there.
  map: Object.fromEntries(
    Object.entries(columns).filter(([role]) => !SHAPES[shape].optional?.includes(role)),
  ),
});

/** Of an option such as `text=body,label=class`. @throws "bad-option" */
export function parseMap(given: string): Readonly<Record<string, string>> {
  const pairs = given.split(",").map((pair) => {
    const [role, column, ...more] = pair.split("=").map((part) => part.trim());
    if (!role || !column || more.length > 0) {
      throw badOption(
        `the mapping ${given} cannot be read`,
        `"${pair}" is not of the form role=column`,
        "write it as text=body,label=class",
      );
    }
    return [role, column] as const;
  });
  return Object.fromEntries(pairs);
}

/** @throws "bad-option" for a map that names what is not there; "bad-data" for columns of no shape, or of one that is not accepted. */
export function findMapping(table: DataTable, { map = {}, shape, accept }: MappingOptions = {}): Mapping {
  checkMap(table, map);
  const names = shape === undefined ? SHAPE_NAMES : [shape];
  const wanted = names.filter((name) => accept === undefined || accept.includes(SHAPES[name].kind));
  for (const name of wanted) {
    const found = fitting(name, table, map, shape !== undefined);
    if (found !== undefined) return found;
  }
  throw noShape(table, map, wanted);
}

/** @param told by the user: values decide nothing. */
function fitting(
  name: ShapeName,
  table: DataTable,
  map: Readonly<Record<string, string>>,
  told: boolean,
): Mapping | undefined {
  const shape = SHAPES[name];
  const columns: Record<string, string> = {};
  for (const [role, names] of Object.entries(shape.roles)) {
    const column = map[role] ?? columnNamed(table, names);
    if (column !== undefined) columns[role] = column;
    else if (!shape.optional?.includes(role)) return undefined;
  }
  // What the user named is there to be used.
  if (Object.keys(map).some((role) => columns[role] === undefined)) return undefined;
  const used = Object.values(columns);
  if (new Set(used).size < used.length) return undefined;
  const columnOf = (role: string): Column => {
    const name = columns[role]!;
    const values = table.rows.map(({ values }) => values[name]);
    return { name, values: values.filter((value) => value !== undefined && value !== null) };
  };
  if (!told && shape.when !== undefined && !shape.when(columnOf)) return undefined;
  const unused = table.columns.filter((column) => !used.includes(column));
  return { shape: name, kind: shape.kind, columns, unused };
}

const columnNamed = ({ columns }: DataTable, names: readonly string[]): string | undefined => {
  for (const name of names) {
    const found = columns.find((column) => column.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
  }
  return undefined;
};

function checkMap(table: DataTable, map: Readonly<Record<string, string>>): void {
  for (const [role, column] of Object.entries(map)) {
    if (!ROLES.includes(role)) {
      const meant = nearest(role, ROLES);
      throw badOption(
        `nothing is called ${role}`,
        `columns can be mapped to ${ROLES.join(", ")}`,
        meant === undefined ? "name one of these" : `did you mean ${meant}?`,
      );
    }
    if (table.columns.includes(column)) continue;
    const meant = nearest(column, table.columns);
    throw badOption(
      `${table.name} has no column ${column}`,
      `its columns are ${table.columns.join(", ")}`,
      meant === undefined ? "name one of these" : `did you mean ${role}=${meant}?`,
    );
  }
}

/** The shape that lacks least tells what to do; of several the plainest, which comes last. */
function noShape(
  table: DataTable,
  map: Readonly<Record<string, string>>,
  wanted: readonly ShapeName[],
): FrugalError {
  const ranked = wanted
    .map((name) => {
      const { roles, optional = [] } = SHAPES[name];
      const needed = Object.entries(roles).filter(([role]) => !optional.includes(role));
      const missing = needed.filter(([role, names]) => map[role] === undefined && !columnNamed(table, names));
      return { name, missing, share: missing.length / needed.length };
    })
    .reverse()
    .sort((a, b) => a.share - b.share);
  const closest = ranked[0];
  const why = `its columns are ${table.columns.join(", ")}${table.format === "csv" ? ", as its first line says" : ""}`;
  const what = `${table.name} has no shape that can be learned from here`;
  if (closest === undefined || closest.share === 1 || closest.missing.length === 0) {
    const examples = wanted.slice(-2).map((name) => SHAPES[name].example);
    return badData(
      what,
      why,
      `say which column is what (--map text=COLUMN,label=COLUMN), or write rows as ${examples.join(" or ")}`,
    );
  }
  const [role, names] = closest.missing[0]!;
  const free = table.columns.filter((column) => !Object.values(map).includes(column));
  const meant = names.map((name) => nearest(name, free)).find((column) => column !== undefined);
  const hint = meant === undefined ? `--map ${role}=COLUMN` : `did you mean --map ${role}=${meant}?`;
  return badData(
    what,
    `${why}; none is named ${role}`,
    `say which column it is: ${hint} A row would be ${SHAPES[closest.name].example}`,
  );
}

const badOption = (what: string, why: string, remedy: string): FrugalError =>
  new FrugalError({ code: "bad-option", what, why, remedy });
const badData = (what: string, why: string, remedy: string): FrugalError =>
  new FrugalError({ code: "bad-data", what, why, remedy });
