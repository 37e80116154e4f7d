/** Colours of the report in light and in dark. A test holds text to 4.5 : 1 and marks to 3 : 1 (WCAG 2.2, 1.4.3 and 1.4.11). */
export interface Palette {
  readonly paper: string;
  readonly card: string;
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly picked: string;
  readonly soft: string;
  readonly other: string;
  readonly caution: string;
  readonly miss: string;
}

export const LIGHT: Palette = {
  paper: "#f5f6f2",
  card: "#ffffff",
  ink: "#18221d",
  muted: "#56625b",
  line: "#dde2dc",
  picked: "#0a6847",
  soft: "#e4f1ea",
  other: "#4a5c73",
  caution: "#8a5200",
  miss: "#a3322b",
};

export const DARK: Palette = {
  paper: "#0e1311",
  card: "#161d1a",
  ink: "#e9efeb",
  muted: "#a2b0a8",
  line: "#2d3833",
  picked: "#62d3a2",
  soft: "#17332a",
  other: "#a4b6d2",
  caution: "#f0b860",
  miss: "#ff9d92",
};

/** As custom properties: `--ink: #18221d; …`. */
export const customProperties = (palette: Palette): string =>
  Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(";");
