import { expect, test } from "vitest";
import { Builder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { generalizeSizes, type Sizes } from "../../src/graph/passes/generalize-sizes.ts";
import { buildBert } from "../../src/models/bert/build-bert.ts";
import { readBertConfig } from "../../src/models/bert/config.ts";
import { buildLlama } from "../../src/models/llama/build-llama.ts";
import { readLlamaConfig } from "../../src/models/llama/config.ts";
import { buildModernBert, readModernBertConfig } from "../../src/models/modernbert/build-modernbert.ts";
import { distance, int64, openGolden } from "../support/golden-model.ts";
import { startGraph } from "../support/run-graph.ts";

const options = {
  input: "input_ids",
  longest: 40,
  symbols: { rows: "batch_size", length: "sequence_length" },
};

function graphOf(name: string): (sizes: Sizes) => Graph {
  const { config, lookup } = openGolden(name);
  return (sizes) => {
    const build = new Builder(name);
    if (name.startsWith("llama")) {
      return build.build([
        buildLlama(build, readLlamaConfig("config.json", config), (one) => lookup(one)!, sizes),
      ]);
    }
    const encoded =
      name === "modernbert"
        ? buildModernBert(build, readModernBertConfig("config.json", config), lookup, sizes)
        : buildBert(build, readBertConfig("config.json", config), lookup, sizes);
    const answers = name === "bert-tokens" ? encoded.classifyTokens!() : encoded.classifyRows();
    return build.build([answers]);
  };
}

function feedsOf({ inputs }: Graph, { rows, length }: Sizes) {
  const of = (name: string, at: number): number => {
    if (name === "input_ids") return 3 + ((at * 7) % 31);
    if (name === "position_ids") return at % length;
    return name === "attention_mask" ? 1 : 0;
  };
  return Object.fromEntries(
    inputs.map((name) => [
      name,
      int64(
        [rows, length],
        Array.from({ length: rows * length }, (_, at) => of(name, at)),
      ),
    ]),
  );
}

test.each(["bert", "bert-tokens", "roberta", "distilbert", "modernbert", "llama", "llama-tied-scaled"])(
  "%s: one graph for all sizes gives what the graph of each gives",
  async (name) => {
    const graphAt = graphOf(name);
    const general = generalizeSizes(graphAt, options);
    expect(general.types.get("input_ids")!.shape).toEqual(["batch_size", "sequence_length"]);
    const running = await startGraph(general);
    for (const sizes of [
      { rows: 1, length: 1 },
      { rows: 3, length: 9 },
      { rows: 2, length: 12 },
    ]) {
      const own = graphAt(sizes);
      const feeds = feedsOf(own, sizes);
      const [wanted, found] = [await (await startGraph(own)).run(feeds), await running.run(feeds)];
      const [output] = own.outputs as [string];
      const [answer] = general.outputs as [string];
      expect(found[answer]!.shape).toEqual(wanted[output]!.shape);
      expect(distance(found[answer]!.values, wanted[output]!.values)).toBeLessThan(1e-5);
    }
  },
);

test("a size that follows no rule is refused, naming the node", () => {
  const graphAt = ({ rows, length }: Sizes): Graph => {
    const build = new Builder("odd");
    const x = build.input("input_ids", "int64", [rows, length]);
    return build.build([build.op("Add", [x, build.ints([length ** 2])])]);
  };
  expect(() => generalizeSizes(graphAt, options)).toThrow(
    expect.objectContaining({ code: "graph-unsupported", what: expect.stringContaining("Add") }),
  );
  const split = ({ rows, length }: Sizes): Graph => {
    const build = new Builder("odd");
    const x = build.input("input_ids", "int64", [rows, length]);
    return build.build([build.op("Concat", Array(rows).fill(x), { axis: 0 })]);
  };
  expect(() => generalizeSizes(split, options)).toThrow(
    expect.objectContaining({ why: "it is another for other sizes" }),
  );
});
