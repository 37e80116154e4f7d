import { describe, expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { optionOf } from "./option-name.ts";
import { readRecipe, settleRecipe } from "./recipe.ts";
import { RECIPE_FIELDS } from "./recipe-fields.ts";

const NEEDED = { model: "m", data: "d.csv", task: "text-classification", out: "o" };
const settle = (values: Readonly<Record<string, unknown>>) =>
  settleRecipe([{ from: "tune.yaml", values: { ...NEEDED, ...values } }]);
const read = (text: string) => readRecipe(fakeWorld({ files: { "/tune.yaml": text } }).files, "/tune.yaml");

describe("a recipe", () => {
  test("is YAML or JSON, with defaults for what it does not tell", async () => {
    const yaml = await read(
      "model: ./minilm\ndata: mails.csv\ntask: text-classification\nout: mine\nepochs: 5\n",
    );
    const json = await read(
      '{"model": "./minilm", "data": "mails.csv", "task": "text-classification", "out": "mine", "epochs": 5}',
    );
    expect(yaml).toEqual(json);
    expect(settleRecipe([{ from: "tune.yaml", values: yaml }])).toMatchObject({
      epochs: 5,
      method: "lora",
      rank: 8,
      rate: 1e-3,
      targets: "all-linear",
    });
  });

  test("gives way to options, whose texts become what the field is", () => {
    const recipe = settleRecipe([
      { from: "tune.yaml", values: { ...NEEDED, rate: 1e-4, targets: ["query", "value"] } },
      { from: "the command line", values: { rate: "2e-4", maxLength: "128", map: "text=body, label=class" } },
    ]);
    expect(recipe).toMatchObject({ rate: 2e-4, maxLength: 128, targets: ["query", "value"] });
    expect(recipe.map).toEqual({ text: "body", label: "class" });
  });

  test.each([
    [{ epoch: 3 }, 'tune.yaml has a field "epoch"', "did you mean epochs?"],
    [{ colour: 3 }, 'tune.yaml has a field "colour"', /^the fields are model, data/],
    [{ epochs: 0 }, "epochs of tune.yaml cannot be 0", "give a whole number from 1 up"],
    [{ epochs: "three" }, 'epochs of tune.yaml cannot be "three"', "give a whole number from 1 up"],
    [{ rate: -1 }, "rate of tune.yaml cannot be -1", "give a number from 0 up"],
    [{ rate: "" }, 'rate of tune.yaml cannot be ""', "give a number from 0 up"],
    [{ holdout: 1 }, "holdout of tune.yaml cannot be 1", "give a number from 0 to below 1"],
    [{ method: "lara" }, 'method of tune.yaml cannot be "lara"', /^give lora\? It is one of lora, head/],
    [{ map: "text" }, "the mapping text cannot be read", "write it as text=body,label=class"],
    [{ targets: [1] }, "targets of tune.yaml cannot be [1]", "give names, such as query,value"],
    [{ model: undefined }, "no model was given", "give --model, or model: in a recipe"],
  ])("%j is refused", (values, what, remedy) => {
    const refusal = {
      code: "bad-option",
      what,
      remedy: typeof remedy === "string" ? remedy : expect.stringMatching(remedy),
    };
    expect(() => settle(values)).toThrow(expect.objectContaining(refusal));
  });

  test("that is no recipe is refused with its line", async () => {
    await expect(read("model: a\n  data: b: c\n")).rejects.toMatchObject({
      code: "bad-data",
      why: expect.stringMatching(/^line [12], column \d+: /),
    });
    await expect(read("- a\n- b\n")).rejects.toMatchObject({ code: "bad-data", why: "it holds no fields" });
    await expect(readRecipe(fakeWorld().files, "/none.yaml")).rejects.toMatchObject({ code: "file-missing" });
  });
});

test("every default of the table fits its own field", () => {
  const defaults = RECIPE_FIELDS.flatMap(({ name, default: value }) =>
    value === undefined ? [] : [[name, value]],
  );
  expect(settle(Object.fromEntries(defaults))).toEqual(settle({}));
  expect(RECIPE_FIELDS.map(({ name }) => optionOf(name))).toContain("--weight-decay");
});
