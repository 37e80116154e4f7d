import type { CommandSpec } from "../command.ts";
import { badOption } from "../program.ts";

/** Names may hold "=" and "+", as `past + 1`; the number comes last. */
function size(text: string): readonly [name: string, size: number] {
  const [, name, digits] = /^(.+)=(\d{1,9})$/.exec(text) ?? [];
  if (name !== undefined && digits !== undefined) return [name.trim(), Number(digits)];
  throw badOption("--size", text, "give a name and a whole number: batch_size=1");
}

export const GRAPH: CommandSpec = {
  name: "graph",
  group: "recycle",
  summary: "show what an ONNX model takes, makes and costs, and what of it can be trained",
  arguments: [{ name: "<file>", description: "an .onnx file; weights beside it are found" }],
  options: [
    {
      flags: "--size <name=number>",
      description: "a number for a size that the model leaves open: sequence_length=64",
      parse: size,
      repeatable: true,
    },
  ],
  examples: [
    "frugal graph model.onnx",
    "frugal graph model.onnx --size batch_size=1 --size sequence_length=64 --json",
  ],
  load: () => import("../actions/graph.ts").then((module) => module.graph),
};
