import { dirname } from "node:path";
import type { Files } from "../../core/ports.ts";
import { csvLine } from "../../formats/csv.ts";
import { EMISSIONS_COLUMNS, type EmissionsRow, TASK_COLUMNS } from "../../formats/emissions-columns.ts";
import type { Recorded } from "../recorded.ts";
import { type AppendWorld, appendEmissions } from "./append-emissions.ts";
import type { CodecarbonSettings } from "./codecarbon-settings.ts";
import { emissionsRow, runIdOf, taskRow } from "./emissions-row.ts";

/** A row for the run and, where it had spans, the file of its tasks beside it, as CodeCarbon names it. */
export async function writeEmissions(
  world: AppendWorld & { readonly files: Pick<Files, "writeAtomic"> },
  path: string,
  { receipt, spans }: Pick<Recorded<unknown>, "receipt" | "spans">,
  { row, experimentName }: Pick<CodecarbonSettings, "row" | "experimentName">,
): Promise<{ readonly movedTo?: string }> {
  const appended = await appendEmissions(world, path, EMISSIONS_COLUMNS, emissionsRow(receipt, row));
  if (spans.length === 0) return appended;
  const rows = spans.map((span) => cellsOf(taskRow(receipt, span, row), TASK_COLUMNS));
  // A name of the user's may hold a slash, which would be another folder.
  const name = `emissions_${experimentName.replaceAll(/[/\\]/g, "_")}_${runIdOf(receipt)}.csv`;
  await world.files.writeAtomic(`${dirname(path)}/${name}`, [TASK_COLUMNS, ...rows].map(csvLine).join(""));
  return appended;
}

export const cellsOf = (
  row: EmissionsRow,
  columns: readonly (keyof EmissionsRow)[],
): readonly (string | number | undefined)[] => columns.map((column) => row[column]);
