/** Where the texts inside a choice plot stand: one label per point, and the floor's. Pure geometry in pixels. */
import { clip, displayWidth, wrap } from "./display-width.ts";
import { type Box, distance, nearest, overlap, type Point, placeLabels } from "./place-labels.ts";

export const LINE_PX = 15;
/** A column of text at 12 px; most glyphs of a sans-serif are narrower, so boxes err on the large side. */
const COLUMN_PX = 6.9;
const MARKER_PX = 13;
/** Beyond this a label is tied to its point by a line. */
const NEAR_PX = 16;
/** Between a text and an error bar. */
const CLEAR_PX = 4;
const STEP_PX = 8;
/** A longer name is broken. */
const NAME_COLUMNS = 32;

export interface PointInPixels {
  readonly at: Point;
  /** Ends of its error bars. */
  readonly across: readonly [left: number, right: number];
  readonly along: readonly [top: number, bottom: number];
  readonly name: string;
  /** Below the name; may be empty. */
  readonly figures: string;
}

export interface FloorInPixels {
  readonly y: number;
  readonly text: string;
}

export interface PlacedText {
  readonly box: Box;
  readonly lines: readonly string[];
  /** A line back to the point, where the label had to stand apart. */
  readonly leader?: readonly [Point, Point];
}

interface TextBlock {
  readonly width: number;
  readonly height: number;
  readonly lines: readonly string[];
}

export interface PlotTexts {
  readonly floor: PlacedText;
  /** One per point in order; undefined where no room was left near it. */
  readonly labels: readonly (PlacedText | undefined)[];
}

export function layoutTexts(points: readonly PointInPixels[], floor: FloorInPixels, area: Box): PlotTexts {
  const markers = points.map(({ at }) => around(at, MARKER_PX));
  const bars = points.flatMap(({ at, across, along }) => [
    { x: across[0], y: at.y - CLEAR_PX, width: across[1] - across[0], height: 2 * CLEAR_PX },
    { x: at.x - CLEAR_PX, y: along[0], width: 2 * CLEAR_PX, height: along[1] - along[0] },
  ]);
  const floorText = block([clip(floor.text, columnsIn(area.width))]);
  const floorBox = floorPlace(floorText, floor, area, [...markers, ...bars]);
  const columns = columnsIn(area.width);
  const blocks = points.map(({ name, figures }) => block(labelLines(name, figures, columns)));
  const boxes = placeLabels(
    blocks.map((block, index) => ({ at: points[index]!.at, ...block })),
    {
      area,
      solid: [...markers, floorBox],
      soft: [...bars, { x: area.x, y: floor.y - 1, width: area.width, height: 2 }],
    },
  );
  const labels = boxes.map((box, index) => {
    if (box === undefined) return undefined;
    const { at } = points[index]!;
    const text = { box, lines: blocks[index]!.lines };
    return distance(at, box) > NEAR_PX ? { ...text, leader: [at, nearest(at, box)] as const } : text;
  });
  return { floor: { box: floorBox, lines: floorText.lines }, labels };
}

/** A name takes two lines at most, each about half of the area. */
function labelLines(name: string, figures: string, most: number): readonly string[] {
  const columns = Math.min(Math.ceil(most * 0.55), NAME_COLUMNS);
  const [first = "", ...rest] = wrap(name, columns);
  const second = rest.length > 0 ? [clip(rest.join(" "), columns)] : [];
  return [first, ...second, ...(figures === "" ? [] : [clip(figures, most)])];
}

const columnsIn = (pixels: number): number => Math.max(1, Math.floor(pixels / COLUMN_PX));

const block = (lines: readonly string[]): TextBlock => ({
  width: Math.max(...lines.map(displayWidth)) * COLUMN_PX,
  height: lines.length * LINE_PX,
  lines,
});

/** Along the line from the right end, first above, where candidates do the job; at the right end where nothing is free. */
function floorPlace(size: TextBlock, floor: FloorInPixels, area: Box, others: readonly Box[]): Box {
  const { width, height } = size;
  const fitting = [floor.y - height - 2, floor.y + 3].filter(
    (y) => y >= area.y && y + height <= area.y + area.height,
  );
  const right = area.x + area.width - width - 4;
  for (const y of fitting) {
    for (let x = right; x >= area.x; x -= STEP_PX) {
      const box = { x, y, width, height };
      if (!others.some((other) => overlap(other, box))) return box;
    }
  }
  return { x: right, y: fitting[0] ?? area.y, width, height };
}

const around = ({ x, y }: Point, size: number): Box => ({
  x: x - size,
  y: y - size,
  width: 2 * size,
  height: 2 * size,
});
