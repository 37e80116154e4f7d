import { expect, test } from "vitest";
import { visibleBoards } from "./visible-boards.ts";

const BOARDS = ["GPU-aa11", "GPU-aa22", "GPU-bb33"].map((uuid) => ({ uuid, name: "NVIDIA A100" }));
const parentOf = (instance: string) => (instance === "MIG-cafe" ? "GPU-bb33" : undefined);
const shown = (list: string | undefined, order?: string) =>
  visibleBoards(BOARDS, { list, order }, parentOf).indices;

test.each([
  [undefined, [0, 1, 2]],
  ["", []],
  ["-1", []],
  ["1", [1]],
  ["2,0", [0, 2]],
  [" 0 , 1 ", [0, 1]],
  // An entry that fits nothing hides what comes after it.
  ["0,7,1", [0]],
  ["0,2,-1,1", [0, 2]],
  ["GPU-aa22", [1]],
  ["GPU-bb", [2]],
  ["GPU-aa", []],
  ["MIG-cafe", [2]],
  ["MIG-GPU-aa22/3/0", [1]],
  ["MIG-beef,0", []],
  ["NoDevFiles", []],
])("CUDA_VISIBLE_DEVICES=%s shows %j", (list, indices) => {
  expect(shown(list)).toEqual(indices);
});

test("MIG instances are kept with the board that they are a part of", () => {
  const { instances } = visibleBoards(BOARDS, { list: "MIG-cafe,0", order: undefined }, parentOf);
  expect([...instances]).toEqual([[2, ["MIG-cafe"]]]);
});

test("numbers among different models count as NVML does only in PCI order; else all boards are shown, with a doubt", () => {
  const mixed = [...BOARDS, { uuid: "GPU-cc44", name: "NVIDIA T4" }];
  const unordered = visibleBoards(mixed, { list: "0", order: undefined }, parentOf);
  expect(unordered.indices).toEqual([0, 1, 2, 3]);
  expect(unordered.doubt).toContain("CUDA_DEVICE_ORDER=PCI_BUS_ID");
  expect(visibleBoards(mixed, { list: "0", order: "PCI_BUS_ID" }, parentOf).indices).toEqual([0]);
  expect(visibleBoards(mixed, { list: "GPU-cc44", order: undefined }, parentOf).indices).toEqual([3]);
});
