/**
 * Gradients of look-ups: what was read several times gets the sum. By ScatterElements, because ScatterND adds from several threads
 * to the same place without a lock (microsoft/onnxruntime, issues 18048 and 23396).
 */
import { reshape, sides, zeros } from "./gradient-parts.ts";
import type { Shape } from "./graph.ts";
import type { GradientView } from "./node-view.ts";

/**
 * Of `values = Gather(x, indices, axis)` with the gradient `dy`, the gradient of x.
 * @param shape of x
 */
export function scatterSum(
  view: GradientView,
  { dy, indices, axis, shape }: { dy: string; indices: string; axis: number; shape: Shape },
): string {
  const count = sides(view, view.build.shape(indices)).reduce((a, b) => a * b, 1);
  const rows = sides(view, shape.with(axis, count));
  const along = reshape(
    view,
    indices,
    rows.map((_, at) => (at === axis ? count : 1)),
  );
  const type = { dtype: view.build.typeOf(dy)!.dtype, shape };
  return view.op(
    "ScatterElements",
    [zeros(view, type), view.op("Expand", [along, view.build.ints(rows)]), reshape(view, dy, rows)],
    { axis, reduction: "add" },
  );
}
