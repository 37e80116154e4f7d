import fc from "fast-check";
import { expect, test } from "vitest";
import { type Box, overlap } from "./place-labels.ts";
import { layoutTexts, type PointInPixels } from "./plot-labels.ts";

const AREA: Box = { x: 60, y: 30, width: 640, height: 320 };
const point = (x: number, y: number, name = "a candidate", figures = "97.0 %, 1 ×"): PointInPixels => ({
  at: { x, y },
  across: [x - 10, x + 10],
  along: [y - 20, y + 20],
  name,
  figures,
});
const floor = { y: 300, text: "floor: at least 90 %" };
const within = (box: Box): boolean =>
  box.x >= AREA.x &&
  box.y >= AREA.y &&
  box.x + box.width <= AREA.x + AREA.width &&
  box.y + box.height <= AREA.y + AREA.height;

test("a lone label stands beside its point, without a line back to it", () => {
  const { labels } = layoutTexts([point(200, 150)], floor, AREA);
  expect(labels[0]?.box.x).toBeGreaterThan(200);
  expect(labels[0]).not.toHaveProperty("leader");
});

test("a label at the right edge goes to the left", () => {
  const { labels } = layoutTexts([point(690, 150)], floor, AREA);
  expect(labels[0]!.box.x + labels[0]!.box.width).toBeLessThan(690);
});

test("points on one spot keep their labels apart, tied by lines", () => {
  const { labels } = layoutTexts(
    Array.from({ length: 4 }, () => point(380, 180)),
    floor,
    AREA,
  );
  expect(labels.every((label) => label !== undefined)).toBe(true);
  expect(labels.some((label) => label?.leader !== undefined)).toBe(true);
});

test("the floor's text moves along its line to where no point is", () => {
  const { floor: text } = layoutTexts([point(640, 290)], floor, AREA);
  expect(overlap(text.box, { x: 627, y: 277, width: 26, height: 26 })).toBe(false);
  expect(text.box.y).toBeLessThan(300);
});

test("no text ever covers another, a marker, or the edge", () => {
  const anyPoint = fc
    .tuple(fc.integer({ min: 60, max: 700 }), fc.integer({ min: 30, max: 350 }), fc.string({ maxLength: 60 }))
    .map(([x, y, name]) => point(x, y, name));
  fc.assert(
    fc.property(fc.array(anyPoint, { maxLength: 14 }), fc.integer({ min: 30, max: 350 }), (points, y) => {
      const { labels, floor: text } = layoutTexts(points, { ...floor, y }, AREA);
      const boxes = labels.flatMap((label) => (label === undefined ? [] : [label.box]));
      const markers = points.map(({ at }) => ({ x: at.x - 12, y: at.y - 12, width: 24, height: 24 }));
      const covered = boxes.filter((box, at) =>
        [text.box, ...markers, ...boxes.slice(at + 1)].some((other) => overlap(box, other)),
      );
      expect(covered).toEqual([]);
      expect(boxes.filter((box) => !within(box))).toEqual([]);
    }),
  );
});
