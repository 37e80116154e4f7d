import { FrugalError } from "../../core/error.ts";
import { noteList } from "../note-list.ts";
import { type CsvLayout, csvLayout } from "./csv-layout.ts";
import { csvRow, type MeterRow } from "./csv-row.ts";
import { type FeedWorld, type MeterFeed, monotonicOf } from "./meter-feed.ts";
import type { MeterPoint } from "./meter-series.ts";
import type { MeterSpec } from "./meter-spec.ts";

/** Read at once at the most: hours of rows. */
export const MOST_BYTES = 1_048_576;
/** Enough of the end of a file to know its pace and its last reading. */
const TAIL_BYTES = 16_384;
/** Rows come at least this late or early before a clock is blamed: our choice. */
const CLOCK_DOUBT_S = 2;

/** A CSV file that a meter's logger appends to. Throws FrugalError when there is no such file, or no columns in it. */
export async function openCsvFeed(world: FeedWorld, spec: MeterSpec): Promise<MeterFeed> {
  const { files, clock } = world;
  const path = spec.place;
  const { options } = spec;
  const losses = noteList();
  await sizeOf(world, path);
  const head = new TextDecoder().decode(await files.readBytes(path, { offset: 0, length: TAIL_BYTES }));
  const firstLine = head
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .find((line) => line !== "" && !line.startsWith("#"));
  if (firstLine === undefined) throw empty(path);
  const layout = csvLayout(firstLine, path, options);
  const tailFrom = Math.max(0, (await sizeOf(world, path)) - TAIL_BYTES);
  let position = tailFrom;
  let carry = "";
  /** Least and most seconds between a row's own time and its being seen here. */
  let [leastLateS, mostLateS] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  /** No row can come before its time: by so much the meter's clock is ahead. */
  let aheadS = 0;
  const decoder = new TextDecoder();

  /** Rows of whole lines since the last call; a line is taken when its end is there. */
  const news = async (): Promise<MeterRow[]> => {
    const size = await sizeOf(world, path);
    if (size < position) {
      losses.add("the meter's file became shorter: it was read again from its start");
      position = 0;
      carry = "";
    }
    if (size === position) return [];
    const bytes = await files.readBytes(path, {
      offset: position,
      length: Math.min(size - position, MOST_BYTES),
    });
    position += bytes.length;
    const lines = (carry + decoder.decode(bytes, { stream: true })).split(/\r?\n/);
    carry = lines.pop() ?? "";
    return lines.flatMap((line) => csvRow(line, layout) ?? []);
  };
  const pointsOf = (rows: readonly MeterRow[]): readonly MeterPoint[] => {
    const points = rows.map(({ wallMs, value }) => ({
      atS: monotonicOf(clock, wallMs) + options.offsetS,
      value,
    }));
    const newest = points.at(-1);
    if (newest === undefined) return points;
    aheadS = Math.max(aheadS, newest.atS - clock.now());
    return points.map(({ atS, value }) => ({ atS: atS - aheadS, value }));
  };

  // The first line of the tail may be half a line.
  const known = (await news()).slice(tailFrom > 0 ? 1 : 0);
  let waiting = pointsOf(known);
  return {
    name: `${path.split(/[\\/]/).at(-1)}, column ${layout.name}`,
    quantity: layout.unit.quantity,
    periodS: paceOf(known) ?? options.everyS,
    stepJ: layout.unit.quantity === "energy" ? stepOf(head, layout) : 0,
    async poll() {
      const fresh = pointsOf(await news());
      const newest = fresh.at(-1);
      if (newest !== undefined) {
        const lateS = clock.now() - newest.atS - aheadS;
        leastLateS = Math.min(leastLateS, lateS);
        mostLateS = Math.max(mostLateS, lateS);
      }
      const points = [...waiting, ...fresh];
      waiting = [];
      return points;
    },
    notes: () => [...clockNotes(leastLateS, mostLateS, options.offsetS), ...losses.all()],
  };
}

function clockNotes(leastLateS: number, mostLateS: number, offsetS: number): readonly string[] {
  if (!Number.isFinite(leastLateS)) return [];
  const corrected = offsetS === 0 ? "" : `, after the ${offsetS} s that were added`;
  const range = `rows come ${leastLateS.toFixed(1)} to ${mostLateS.toFixed(1)} s after their own time${corrected}`;
  if (leastLateS < -CLOCK_DOUBT_S)
    return [
      `${range}: the meter's clock is ahead of this machine's by at least ${(-leastLateS).toFixed(1)} s, which is taken off (#offset sets it)`,
    ];
  if (leastLateS > CLOCK_DOUBT_S)
    return [
      `${range}: they are written late, or the meter's clock is behind by up to ${leastLateS.toFixed(1)} s (#offset corrects it)`,
    ];
  return [`${range}: the two clocks agree as far as that tells`];
}

/** Median seconds between rows. */
function paceOf(rows: readonly MeterRow[]): number | undefined {
  const gaps = rows
    .slice(1)
    .map((row, index) => (row.wallMs - rows[index]!.wallMs) / 1_000)
    .filter((gap) => gap > 0);
  return gaps.toSorted((a, b) => a - b)[gaps.length >> 1];
}

/** What one unit of the last decimal is worth. */
function stepOf(head: string, layout: CsvLayout): number {
  const lines = head.split(/\r?\n/).slice(layout.headerLines, -1);
  const decimals = lines.map(
    (line) =>
      /[.,](\d+)$/.exec(line.split(layout.delimiter)[layout.valueColumn]?.trim() ?? "")?.[1]?.length ?? 0,
  );
  return layout.unit.factor * 10 ** -Math.max(0, ...decimals);
}

/** Size in bytes; throws "file-missing". */
export async function sizeOf({ files }: FeedWorld, path: string): Promise<number> {
  const stat = await files.stat(path);
  if (stat?.kind === "file") return stat.size;
  throw new FrugalError({
    code: "file-missing",
    what: `the meter file ${path}`,
    why: stat === undefined ? "there is no such file" : "it is not a file",
    remedy: "start the meter's logger first, and check the path",
  });
}

export const empty = (path: string): FrugalError =>
  new FrugalError({
    code: "bad-data",
    what: `the meter file ${path}`,
    why: "it has neither a header nor a reading",
    remedy: "start the meter's logger first",
  });
