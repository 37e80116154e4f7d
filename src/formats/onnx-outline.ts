/** Whether an ONNX file is whole, and which external data files it needs: less than reading the model, and less strict. */
import { FrugalError } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { externalPlace } from "./onnx/external-data.ts";
import { FileWindow } from "./onnx/file-window.ts";
import { readMessage } from "./onnx/read-message.ts";
import type { Message } from "./onnx/schema.ts";

export interface OnnxOutline {
  /** How the file is broken, to follow its name: "is empty". */
  readonly damage?: string;
  readonly external: readonly { readonly location: string; readonly endsAt: number }[];
}

const damaged = (damage: string): OnnxOutline => ({ damage, external: [] });
const CUT = "is cut off or not an ONNX file";

export async function outlineOnnx(
  files: Pick<Files, "stat" | "readBytes">,
  path: string,
): Promise<OnnxOutline> {
  const size = (await files.stat(path))?.size;
  if (size === undefined) return damaged("is missing");
  if (size === 0) return damaged("is empty");
  let model: Message<"model">;
  try {
    model = await readMessage(await FileWindow.open(files, path), "model");
  } catch (thrown) {
    if (thrown instanceof FrugalError && thrown.code === "bad-model") return damaged(CUT);
    throw thrown;
  }
  if (model.graph === undefined) return damaged(CUT);
  const ends = new Map<string, number>();
  for (const { external } of tensorsOf([model.graph])) {
    if (external === undefined) continue;
    const place = externalPlace(external);
    if ("why" in place) return damaged(`has a tensor that ${place.why}`);
    const end = place.offset + (place.length ?? 0);
    ends.set(place.location, Math.max(ends.get(place.location) ?? 0, end));
  }
  return { external: [...ends].map(([location, endsAt]) => ({ location, endsAt })) };
}

function* tensorsOf(graphs: readonly Message<"graph">[]): Generator<Message<"tensor">> {
  for (const { initializers = [], nodes = [] } of graphs) {
    yield* initializers;
    for (const attribute of nodes.flatMap(({ attributes = [] }) => attributes)) {
      yield* [...(attribute.tensor ? [attribute.tensor] : []), ...(attribute.tensors ?? [])];
      yield* tensorsOf([...(attribute.graph ? [attribute.graph] : []), ...(attribute.graphs ?? [])]);
    }
  }
}
