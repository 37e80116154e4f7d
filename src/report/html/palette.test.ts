import { expect, test } from "vitest";
import { DARK, LIGHT, type Palette } from "./palette.ts";

/** Relative luminance and contrast ratio as WCAG 2.2 defines them. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}
/** `share` of `front` over `back`, as `color-mix(in srgb, …)` and fill-opacity blend. */
const blend = (front: string, back: string, share: number): string =>
  `#${[1, 3, 5]
    .map((at) => {
      const [over = 0, under = 0] = [front, back].map((colour) =>
        Number.parseInt(colour.slice(at, at + 2), 16),
      );
      return Math.round(over * share + under * (1 - share))
        .toString(16)
        .padStart(2, "0");
    })
    .join("")}`;

test("contrast is 21 between black and white", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 9);
});

const TEXTS = ["ink", "muted", "picked", "caution", "miss", "other"] as const;
const themes: readonly (readonly [string, Palette])[] = [["light", LIGHT], ["dark", DARK]]; // biome-ignore format: one table

test.each(themes)("every text of the %s theme reaches 4.5 : 1 on what it stands on", (_, palette) => {
  for (const name of TEXTS) {
    for (const ground of [palette.paper, palette.card]) {
      expect(contrast(palette[name], ground), `${name} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  }
  expect(contrast(palette.picked, palette.soft)).toBeGreaterThanOrEqual(4.5);
  // The floor's text on the shade of a plot, a count on the strongest shade of a confusion matrix.
  expect(contrast(palette.miss, blend(palette.miss, palette.card, 0.08))).toBeGreaterThanOrEqual(4.5);
  for (const shade of [palette.picked, palette.miss]) {
    expect(contrast(palette.ink, blend(shade, palette.card, 0.35))).toBeGreaterThanOrEqual(4.5);
  }
});

test.each(themes)("bars of the %s theme reach 3 : 1 on their track", (_, palette) => {
  for (const bar of [palette.picked, palette.other]) {
    expect(contrast(bar, palette.line)).toBeGreaterThanOrEqual(3);
  }
});
