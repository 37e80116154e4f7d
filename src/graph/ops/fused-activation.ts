/** The activations that ONNX Runtime puts into its fused products and convolutions (onnxruntime/core/mlas/lib/activate.cpp). */
import type { GradientView } from "../node-view.ts";

export function activated(
  view: GradientView,
  value: string,
  activation: string,
  parameters: readonly number[],
): string {
  const [first, second] = parameters;
  switch (activation) {
    case "":
      return value;
    case "Relu":
    case "Tanh":
    case "Sigmoid":
      return view.op(activation, [value]);
    case "LeakyRelu":
      return view.op("LeakyRelu", [value], first === undefined ? {} : { alpha: first });
    case "HardSigmoid":
      return view.op("HardSigmoid", [value], {
        ...(first !== undefined && { alpha: first }),
        ...(second !== undefined && { beta: second }),
      });
    case "Clip":
      return view.op("Clip", [
        value,
        view.build.scalar(first ?? view.fail("its activation Clip has no bounds")),
        view.build.scalar(second ?? view.fail("its activation Clip has no upper bound")),
      ]);
    default:
      return view.unsupported(`its activation ${activation} is none that ONNX Runtime is known to fuse`);
  }
}
