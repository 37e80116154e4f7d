import { expect, test } from "vitest";
import { checkBinaryLabels, checkClassLabels, checkTokens } from "./check-batch.ts";

const LIMITS = { vocabulary: 10, positions: 4, types: 2 };
const refusal = (run: () => void): { code: string; message: string } => {
  try {
    run();
  } catch (thrown) {
    return thrown as { code: string; message: string };
  }
  throw new Error("nothing was refused");
};

test("tokens, positions and segment types at the edges of their tables pass", () => {
  checkTokens([{ ids: [0, 9, 9, 0], types: [0, 1, 1, 0] }], LIMITS);
  checkTokens([{ ids: [1, 2, 3, 4, 5], positions: [0, 1, 3, 0, 1] }], LIMITS);
});

test.each([10, -1, 1.5, Number.NaN])("token %s is refused with its row and place", (id) => {
  const { code, message } = refusal(() => checkTokens([{ ids: [1] }, { ids: [1, id] }], LIMITS));
  expect(code).toBe("bad-data");
  expect(message).toContain(`row 2, token 2 is ${id}`);
});

test("a row that is longer than the table of positions is refused", () => {
  const { code, message } = refusal(() => checkTokens([{ ids: [1, 2, 3, 4, 5] }], LIMITS));
  expect(code).toBe("bad-data");
  expect(message).toContain("5 tokens");
});

test("a position beyond the table is refused", () => {
  const { code, message } = refusal(() => checkTokens([{ ids: [1, 2], positions: [3, 4] }], LIMITS));
  expect(code).toBe("bad-data");
  expect(message).toContain("token 2 has position 4");
});

test("segment types that the model has not are refused", () => {
  expect(refusal(() => checkTokens([{ ids: [1], types: [2] }], LIMITS)).code).toBe("bad-data");
  const { message } = refusal(() => checkTokens([{ ids: [1], types: [0] }], { ...LIMITS, types: 0 }));
  expect(message).toContain("no segment types");
});

test("class labels reach from 0 to the last class, and -100 counts nowhere", () => {
  checkClassLabels([0, 2, -100], 3);
  for (const label of [3, -1, 0.5, Number.NaN]) {
    const { code, message } = refusal(() => checkClassLabels([0, label], 3));
    expect(code).toBe("bad-data");
    expect(message).toContain(`label 2 is ${label}`);
  }
});

test("labels of several classes at once lie between 0 and 1", () => {
  checkBinaryLabels([0, 1, 0.3, -100]);
  for (const label of [-0.1, 2, Number.NaN])
    expect(refusal(() => checkBinaryLabels([label])).code).toBe("bad-data");
});
