/** Receipts → a manifest of the Green Software Foundation's Impact Framework 1.1, which `if-run` computes again. */
import { JOULES_PER_KWH } from "../../core/quantity.ts";
import type { Receipt } from "../../receipt/receipt.ts";
import { yamlText } from "./yaml-text.ts";

const OPERATIONAL = "operational-carbon";
const CARBON = "carbon";

/** What the inputs of one child must share, because its pipeline is made for them. */
interface Shape {
  readonly hasIntensity: boolean;
  readonly hasEmbodied: boolean;
  readonly unit?: string;
}

/**
 * A child for each subject, its receipts as inputs in the order of time: energy in kWh, grid intensity, embodied carbon, units of
 * work. Only location-based figures, as SCI wants. A receipt without energy has no input: absent is not zero.
 */
export function toImpactManifest(receipts: readonly Receipt[]): string {
  const children = childrenOf(receipts);
  const shapes = [...children.values()].map(({ shape }) => shape);
  return yamlText({
    name: "frugal",
    description: `${counted(children)} of ${receipts.length} receipts; energy in kWh, carbon in gCO2e`,
    tags: { kind: "measurement", category: "ai" },
    initialize: { plugins: pluginsOf(shapes) },
    tree: {
      children: Object.fromEntries(
        [...children].map(([name, { shape, inputs }]) => [
          name,
          { pipeline: { compute: pipelineOf(shape) }, inputs: inputs.map(inputOf) },
        ]),
      ),
    },
  });
}

interface Child {
  readonly shape: Shape;
  readonly inputs: readonly Receipt[];
}

const counted = (children: ReadonlyMap<string, Child>): number =>
  [...children.values()].reduce((sum, { inputs }) => sum + inputs.length, 0);

/** Receipts of one subject share a child unless their shapes differ. */
function childrenOf(receipts: readonly Receipt[]): ReadonlyMap<string, Child> {
  const children = new Map<string, { shape: Shape; inputs: Receipt[] }>();
  const inOrder = [...receipts].sort((a, b) => Date.parse(a.started_at) - Date.parse(b.started_at));
  for (const receipt of inOrder) {
    if (receipt.energy.total_j === undefined) continue;
    const shape = shapeOf(receipt);
    const plain = `${receipt.kind} ${receipt.subject.id}`;
    const isOther = JSON.stringify(children.get(plain)?.shape ?? shape) !== JSON.stringify(shape);
    const name = isOther ? `${plain}, ${wordsOf(shape)}` : plain;
    const child = children.get(name) ?? { shape, inputs: [] };
    child.inputs.push(receipt);
    children.set(name, child);
  }
  return children;
}

const wordsOf = ({ hasIntensity, hasEmbodied, unit }: Shape): string =>
  [
    hasIntensity ? "with carbon" : "without carbon",
    ...(hasEmbodied ? ["with embodied"] : []),
    ...(unit === undefined ? [] : [`per ${unit}`]),
  ].join(", ");

const shapeOf = ({ carbon, work }: Receipt): Shape => ({
  hasIntensity: carbon !== undefined,
  hasEmbodied: carbon?.embodied?.status === "available",
  ...(work !== undefined && work.count > 0 && { unit: work.unit }),
});

const sumOf = ({ hasEmbodied }: Shape): string => (hasEmbodied ? "sum-carbon-and-embodied" : "sum-carbon");
const sciOf = (unit: string): string => `sci-per-${unit}`;

const pipelineOf = (shape: Shape): readonly string[] =>
  shape.hasIntensity
    ? [OPERATIONAL, sumOf(shape), ...(shape.unit === undefined ? [] : [sciOf(shape.unit)])]
    : [];

function pluginsOf(shapes: readonly Shape[]): Record<string, Plugin> {
  const counting = shapes.filter(({ hasIntensity }) => hasIntensity);
  if (counting.length === 0) return {};
  const units = counting.flatMap(({ unit }) => (unit === undefined ? [] : [unit]));
  return {
    [OPERATIONAL]: builtin("Multiply", {
      "input-parameters": ["energy", "grid/carbon-intensity"],
      "output-parameter": "carbon-operational",
    }),
    ...Object.fromEntries(
      counting.map((shape) => [
        sumOf(shape),
        builtin("Sum", {
          "input-parameters": ["carbon-operational", ...(shape.hasEmbodied ? ["carbon-embodied"] : [])],
          "output-parameter": CARBON,
        }),
      ]),
    ),
    ...Object.fromEntries(units.map((unit) => [sciOf(unit), builtin("Sci", { "functional-unit": unit })])),
  };
}

type Plugin = ReturnType<typeof builtin>;
const builtin = (method: string, config: Record<string, string | readonly string[]>) =>
  ({ method, path: "builtin", config }) as const;

function inputOf({
  id,
  started_at,
  duration_s,
  energy,
  carbon,
  work,
}: Receipt): Record<string, string | number> {
  const embodied = carbon?.embodied;
  return {
    ...(work !== undefined && work.count > 0 && { [work.unit]: work.count }),
    timestamp: started_at,
    duration: duration_s,
    energy: energy.total_j!.value / JOULES_PER_KWH,
    "energy-low": energy.total_j!.low / JOULES_PER_KWH,
    "energy-high": energy.total_j!.high / JOULES_PER_KWH,
    ...(carbon && { "grid/carbon-intensity": carbon.intensity_g_per_kwh.value, "grid/zone": carbon.zone }),
    ...(embodied?.status === "available" && { "carbon-embodied": embodied.emissions_g.value }),
    "frugal/receipt": id,
    "frugal/status": energy.status,
  };
}
