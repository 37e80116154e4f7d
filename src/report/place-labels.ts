/** Puts labels beside their points so that none covers another label or a mark. Pure geometry in pixels, y downwards. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export interface LabelRequest {
  readonly at: Point;
  readonly width: number;
  readonly height: number;
}

export interface LabelRoom {
  /** Labels stay inside. */
  readonly area: Box;
  /** Never covered: markers, other texts. */
  readonly solid: readonly Box[];
  /** Covered only where nothing better is left: error bars, the floor line. */
  readonly soft: readonly Box[];
}

/** Distance between a point and the near edge of its label. */
const GAP = 16;
/** How far apart the places lie that are tried over the whole area. */
const STEP = 8;
/** A place of the grid is taken only where those beside the point cost more than this many pixels more. */
const GRID_COST = 20;
/** A covered line weighs as much as this many pixels of distance. */
const SOFT_COST = 60;
/** A label further away would lead the eye to another point: better none. */
const FARTHEST = 60;

/** One box per request in order; undefined where no room is left near its point. */
export function placeLabels(
  requests: readonly LabelRequest[],
  room: LabelRoom,
): readonly (Box | undefined)[] {
  const taken = [...room.solid];
  return requests.map((request) => {
    const best = bestPlace(request, taken, room);
    if (best !== undefined) taken.push(best);
    return best;
  });
}

function bestPlace(request: LabelRequest, taken: readonly Box[], { area, soft }: LabelRoom): Box | undefined {
  let best: Box | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [box, extra] of places(request, area)) {
    const far = distance(request.at, box);
    if (far > FARTHEST || !inside(box, area) || taken.some((other) => overlap(other, box))) continue;
    const cost = extra + far + SOFT_COST * soft.filter((line) => overlap(line, box)).length;
    if (cost >= least) continue;
    least = cost;
    best = box;
  }
  return best;
}

/** Right, left, above, below, then a grid over the area. */
function* places(
  { at, width, height }: LabelRequest,
  area: Box,
): Generator<readonly [Box, extraCost: number]> {
  const middle = { x: at.x - width / 2, y: at.y - height / 2 };
  yield [{ x: at.x + GAP, y: middle.y, width, height }, 0];
  yield [{ x: at.x - GAP - width, y: middle.y, width, height }, 0];
  for (const x of [middle.x, at.x + GAP / 2, at.x - GAP / 2 - width]) {
    yield [{ x, y: at.y - GAP - height, width, height }, 0];
    yield [{ x, y: at.y + GAP, width, height }, 0];
  }
  for (let y = area.y; y <= area.y + area.height - height; y += STEP) {
    for (let x = area.x; x <= area.x + area.width - width; x += STEP)
      yield [{ x, y, width, height }, GRID_COST];
  }
}

/** From a point to the nearest edge of a box. */
export function distance(point: Point, box: Box): number {
  const edge = nearest(point, box);
  return Math.hypot(point.x - edge.x, point.y - edge.y);
}

export const nearest = (point: Point, box: Box): Point => ({
  x: Math.min(Math.max(point.x, box.x), box.x + box.width),
  y: Math.min(Math.max(point.y, box.y), box.y + box.height),
});

export const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const inside = (box: Box, area: Box): boolean =>
  box.x >= area.x &&
  box.y >= area.y &&
  box.x + box.width <= area.x + area.width &&
  box.y + box.height <= area.y + area.height;
