/** The names that people know layers by, such as `encoder.layer.0.attention.self.query`, from what exporters left of them. */

/** What exporters and quantizers append to a layer's name. */
const ENDINGS =
  /([._](weight|kernel|bias|MatMul|Gemm|Add|quantized|transposed|dequantized|scale|Q\d+|f32|w)| as \w+\[[\d, ]*\])$/;
/** Names that exporters number: `onnx::MatMul_366`, `val_12`, `1495`. */
const NUMBERED = /^(onnx::.*|[A-Za-z]*_?\d+|.*[Cc]onstant.*)$/;

function known(name: string): string | undefined {
  let stem = name.replace(/^[./]+/, "");
  for (let shorter = stem.replace(ENDINGS, ""); shorter !== stem; shorter = stem.replace(ENDINGS, ""))
    stem = shorter;
  return stem === "" || NUMBERED.test(stem) ? undefined : stem;
}

/** Nodes of PyTorch's exporter are named by their module's path: `/encoder/layer.0/attention/self/query/MatMul`. */
function scope(node: string): string | undefined {
  const path = node.replace(/^((lower|upgrade)\/)+/, "").replace(/^\/+/, "");
  const end = path.lastIndexOf("/");
  return end <= 0 ? undefined : known(path.slice(0, end).replaceAll("/", "."));
}

/**
 * @param names of the layer's weight, of its node, and of its bias if it has one.
 * @returns undefined where none of them is more than a number.
 */
export const layerName = (names: {
  readonly weight: string;
  readonly node: string;
  readonly bias: string | undefined;
}): string | undefined =>
  known(names.weight) ?? scope(names.node) ?? (names.bias === undefined ? undefined : known(names.bias));
