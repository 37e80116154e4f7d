/** From an imported graph to one that adapters, a head and gradients can be put on. */
import type { Graph } from "../graph.ts";
import { fromDynamicQuantization } from "./from-dynamic-quantization.ts";
import { linearForm } from "./linear-form.ts";
import { lower } from "./lower.ts";
import { upgrade } from "./upgrade.ts";

/**
 * Inputs and outputs stay as they are. Products that round what they multiply to eight bits are made without rounding.
 * @throws "graph-unsupported" for a node without a row in the op table, or whose plain form cannot be told, naming node and graph.
 */
export const forTraining = (graph: Graph): Graph =>
  linearForm(lower(fromDynamicQuantization(upgrade(graph))));
