/** Making SVG elements, and the last pass over a finished drawing. */
const SVG = "http://www.w3.org/2000/svg";

/** The part of the DOM that a drawing needs; TypeScript's own DOM types would bring a browser's globals to every file. */
export interface SvgDocument {
  createElementNS(namespace: string, name: string): SvgNode;
}

export interface SvgNode {
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  readonly ownerDocument: SvgDocument;
  readonly outerHTML: string;
  textContent: string;
  append(child: SvgNode): void;
  prepend(child: SvgNode): void;
  querySelector(selector: string): SvgNode | null;
  querySelectorAll(selector: string): Iterable<SvgNode>;
  remove(): void;
  removeAttribute(name: string): void;
  setAttribute(name: string, value: string): void;
}

type Attributes = Readonly<Record<string, string | number>>;

export function svgNode(document: SvgDocument, name: string, attributes: Attributes): SvgNode {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  return node;
}

export function svgText(document: SvgDocument, text: string, attributes: Attributes): SvgNode {
  const node = svgNode(document, "text", attributes);
  node.textContent = text;
  return node;
}

export interface DrawingWords {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/**
 * Named and described for assistive technology; marks inside are then no separate objects. Coordinates keep two decimals: a
 * hundredth of a pixel is invisible, and what lies below it differs between processors. The page brings the style.
 */
export function tidySvg(svg: SvgNode, { id, title, description }: DrawingWords): string {
  const document = svg.ownerDocument;
  svg.querySelector("style")?.remove();
  for (const node of [svg, ...svg.querySelectorAll("*")]) {
    node.removeAttribute("aria-label");
    for (const { name, value } of [...node.attributes]) node.setAttribute(name, rounded(value));
  }
  const words = [
    ["title", title],
    ["desc", description],
  ] as const;
  for (const [name, text] of words.toReversed()) {
    const node = svgNode(document, name, { id: `${id}-${name}` });
    node.textContent = text;
    svg.prepend(node);
  }
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-labelledby", `${id}-title`);
  svg.setAttribute("aria-describedby", `${id}-desc`);
  return svg.outerHTML;
}

const rounded = (value: string): string =>
  value.replaceAll(/-?\d+\.\d{3,}(?:e-?\d+)?/g, (number) => String(Number(Number(number).toFixed(2))));
