/** Sizes of what slides a window over a tensor [batch, channels, …places]: convolutions and pools. */
import type { Dim } from "./graph.ts";
import type { NodeView } from "./node-view.ts";

export interface Windows {
  /** For each spatial axis. */
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

/** From the first place of a window to its last. */
export const reach = (kernel: number, dilation: number): number => (kernel - 1) * dilation + 1;

/** With the pads that the node tells; none where auto_pad does. */
export function toldWindows(node: NodeView, kernel: readonly Dim[] = []): Windows {
  const sides = node.ints("kernel_shape", kernel as readonly number[]);
  if (sides.some((side) => typeof side !== "number"))
    node.unsupported("its kernel is not known before the run");
  const ones = sides.map(() => 1);
  const pads = node.string("auto_pad", "NOTSET") === "NOTSET" ? node.ints("pads", []) : [];
  return {
    kernel: sides,
    strides: node.ints("strides", ones),
    dilations: node.ints("dilations", ones),
    begins: sides.map((_, axis) => pads[axis] ?? 0),
    ends: sides.map((_, axis) => pads[axis + sides.length] ?? 0),
  };
}

export const isSame = (node: NodeView): boolean => node.string("auto_pad", "NOTSET").startsWith("SAME");

/** @param kernel when the node does not carry kernel_shape. */
export function windowsOf(node: NodeView, kernel: readonly Dim[] = []): Windows {
  const told = toldWindows(node, kernel);
  if (!isSame(node)) return told;
  const total = told.kernel.map((side, axis) => {
    const places = node.shape(0)[axis + 2]!;
    if (typeof places !== "number")
      return node.unsupported("padding to the same size needs a size that is known");
    const stride = told.strides[axis]!;
    const windows = Math.ceil(places / stride);
    return Math.max(0, (windows - 1) * stride + reach(side, told.dilations[axis]!) - places);
  });
  return { ...told, ...halved(total, node.string("auto_pad") === "SAME_UPPER") };
}

/** Pads on both sides; where they cannot be equal, the larger at the end or at the beginning. */
export function halved(total: readonly number[], largerAtEnd: boolean): Pick<Windows, "begins" | "ends"> {
  const small = total.map((pad) => Math.floor(pad / 2));
  const large = total.map((pad) => Math.ceil(pad / 2));
  return largerAtEnd ? { begins: small, ends: large } : { begins: large, ends: small };
}

/** How many windows fit along each spatial axis. With `ceil`, one that begins inside may end outside. */
export function windowCounts(node: NodeView, windows: Windows, ceil = false): Dim[] {
  const { kernel, strides, dilations, begins, ends } = windows;
  return kernel.map((side, axis) => {
    const places = node.shape(0)[axis + 2]!;
    const [stride, begin] = [strides[axis]!, begins[axis]!];
    if (typeof places !== "number") {
      const extra = begin + ends[axis]! - reach(side, dilations[axis]!);
      return `floor((${places}${extra < 0 ? extra : `+${extra}`})/${stride})+1`;
    }
    const room = (places + begin + ends[axis]! - reach(side, dilations[axis]!)) / stride;
    if (!ceil) return Math.floor(room) + 1;
    const count = Math.ceil(room) + 1;
    // None begins in the padding behind the last place.
    return (count - 1) * stride >= places + begin ? count - 1 : count;
  });
}

/** Attributes of Conv and its like. */
export const windowAttributes = ({
  kernel,
  strides,
  dilations,
  begins,
  ends,
}: Windows): Record<"kernel_shape" | "strides" | "dilations" | "pads", readonly number[]> => ({
  kernel_shape: kernel,
  strides: strides,
  dilations: dilations,
  pads: [...begins, ...ends],
});

/**
 * Windows of the transpose: from as many places as there were windows back to the places there were. What the windows left over
 * at the end is padded on.
 */
export function transposedWindows(
  windows: Windows,
  counts: readonly number[],
  places: readonly number[],
): Readonly<Record<string, readonly number[]>> {
  const excess = windows.kernel.map(
    (side, axis) =>
      (counts[axis]! - 1) * windows.strides[axis]! +
      reach(side, windows.dilations[axis]!) -
      windows.begins[axis]! -
      places[axis]!,
  );
  const added = excess.map((over) => Math.max(0, -over));
  return {
    ...windowAttributes({ ...windows, ends: excess.map((over) => Math.max(0, over)) }),
    ...(added.some((side) => side > 0) && { output_padding: added }),
  };
}
