/** Sequences whose members are known by name when the graph is built, as exporters fill them with shapes: what is taken out is the member itself. */
import type { OnnxNode } from "../formats/onnx/model.ts";
import type { Facts } from "./facts.ts";

export class Sequences {
  readonly #members = new Map<string, readonly string[]>();

  /** What stands in the node's place, nothing for one that only fills a sequence; undefined for all other nodes, and where a member is not known. */
  fold(node: OnnxNode, facts: Facts): readonly OnnxNode[] | undefined {
    const [output = ""] = node.outputs;
    const members = this.#members.get(node.inputs[0] ?? "");
    const filled = (of: readonly string[]): readonly OnnxNode[] => {
      this.#members.set(output, of);
      return [];
    };
    /** Of a place that may be counted from the end; without one it is behind the last. */
    const place = (input: number, length: number): number | undefined => {
      if ((node.inputs[input] ?? "") === "") return length;
      const at = facts.valuesOf(node.inputs[input]!)?.values[0];
      return at === undefined ? undefined : at < 0 ? at + length : at;
    };
    if (node.op === "SequenceEmpty") return filled([]);
    if (node.op === "SequenceConstruct") return filled(node.inputs);
    if (members === undefined) return undefined;
    switch (node.op) {
      case "Identity":
        return filled(members);
      case "SequenceInsert": {
        const at = place(2, members.length);
        return at === undefined ? undefined : filled(members.toSpliced(at, 0, node.inputs[1]!));
      }
      case "SequenceErase": {
        const at = place(1, members.length - 1);
        return at === undefined ? undefined : filled(members.toSpliced(at, 1));
      }
      case "SequenceAt": {
        const at = place(1, members.length);
        const member = at === undefined ? undefined : members[at];
        return member === undefined ? undefined : [{ ...node, op: "Identity", inputs: [member] }];
      }
      case "ConcatFromSequence": {
        const { new_axis, ...attributes } = node.attributes;
        const isStacked = new_axis?.type === "int" && new_axis.value !== 0;
        return isStacked || members.length === 0
          ? undefined
          : [{ ...node, op: "Concat", inputs: members, attributes }];
      }
      default:
        return undefined;
    }
  }
}
