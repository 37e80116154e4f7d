import { empty, MOST_BYTES, sizeOf } from "./csv-feed.ts";
import { type CsvLayout, csvLayout } from "./csv-layout.ts";
import { csvRow, type MeterRow } from "./csv-row.ts";
import type { FeedWorld } from "./meter-feed.ts";
import type { MeterSpec } from "./meter-spec.ts";

/** Every reading of a file between two wall times, for use after the fact. */
export async function readCsvMeter(
  world: FeedWorld,
  spec: MeterSpec,
  span: { readonly fromMs: number; readonly toMs: number },
): Promise<{ readonly layout: CsvLayout; readonly rows: readonly MeterRow[] }> {
  const size = await sizeOf(world, spec.place);
  const decoder = new TextDecoder();
  const rows: MeterRow[] = [];
  let layout: CsvLayout | undefined;
  let carry = "";
  const take = (line: string): void => {
    if (layout === undefined) {
      const first = line.replace(/^\uFEFF/, "");
      if (first === "" || first.startsWith("#")) return;
      layout = csvLayout(first, spec.place, spec.options);
      if (layout.headerLines > 0) return;
    }
    const row = csvRow(line, layout);
    if (row === undefined) return;
    const wallMs = row.wallMs + 1_000 * spec.options.offsetS;
    if (wallMs >= span.fromMs && wallMs <= span.toMs) rows.push({ ...row, wallMs });
  };
  for (let offset = 0; offset < size; offset += MOST_BYTES) {
    const bytes = await world.files.readBytes(spec.place, { offset, length: MOST_BYTES });
    const lines = (carry + decoder.decode(bytes, { stream: true })).split(/\r?\n/);
    carry = lines.pop() ?? "";
    for (const line of lines) take(line);
  }
  take(carry);
  if (layout === undefined) throw empty(spec.place);
  return { layout, rows };
}
