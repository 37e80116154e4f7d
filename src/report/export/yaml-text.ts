/** Plain data as YAML 1.2 in block style; keys and texts are double-quoted where they are not plain words. */
type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

export const yamlText = (value: Value): string => `${block(value, "").join("\n")}\n`;

function block(value: Value, indent: string): readonly string[] {
  if (isInline(value)) return [`${indent}${inline(value)}`];
  if (Array.isArray(value)) {
    return value.flatMap((item: Value) => {
      const [first = "", ...rest] = block(item, `${indent}  `);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  return Object.entries(value).flatMap(([key, inner]) => {
    const name = `${indent}${word(key)}:`;
    return isInline(inner) ? [`${name} ${inline(inner)}`] : [name, ...block(inner, `${indent}  `)];
  });
}

const isInline = (value: Value): boolean => typeof value !== "object" || Object.keys(value).length === 0;

function inline(value: Value): string {
  if (typeof value === "string") return word(value);
  if (typeof value === "number") return numeral(value);
  return typeof value === "boolean" ? String(value) : JSON.stringify(value);
}

/** A JSON text is a YAML double-quoted scalar (YAML 1.2.2, 1.2); words that YAML 1.1 takes for something else are quoted. */
const word = (text: string): string =>
  /^[a-z][a-z0-9/-]*$/i.test(text) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(text)
    ? text
    : JSON.stringify(text);

/** YAML 1.1 parsers want a point in a number with an exponent. */
const numeral = (value: number): string => String(value).replace(/^(-?\d+)e/, "$1.0e");
