import { expect, test } from "vitest";
import { fakeWorld, SystemError } from "../../test/support/fake-world.ts";
import { parseProcStat } from "./proc-stat.ts";
import { openProcessTree } from "./process-tree.ts";

const ROOT = 4_242;
const line = (pid: number, parent: number, own: number, waited = 0, name = "node"): string =>
  `${pid} (${name}) S ${parent} 1 1 0 -1 0 0 0 0 0 ${own} 0 ${waited} 0 20 0 1 0 1 1000 100 0 0\n`;

function treeWorld(files: Record<string, string>) {
  const world = fakeWorld({ files, machine: { processCpuSeconds: () => 1, residentBytes: () => 409_600 } });
  const put = (path: string, text: string): void =>
    void world.stored.set(path, new TextEncoder().encode(text));
  return { world, put };
}
const rootFiles = (children: string, waited = 0): Record<string, string> => ({
  [`/proc/${ROOT}/stat`]: line(ROOT, 1, 100, waited),
  [`/proc/${ROOT}/task/${ROOT}/children`]: children,
});
const child = (own: number): Record<string, string> => ({
  "/proc/5000/stat": line(5_000, ROOT, own, 0, "a ) b"),
  "/proc/5000/task/5000/children": "",
});

test("a child's seconds and memory count, and stay counted when it has ended and was waited for", () => {
  const { world, put } = treeWorld({ ...rootFiles("5000 "), ...child(200) });
  const tree = openProcessTree(world);
  put("/proc/5000/stat", line(5_000, ROOT, 700));
  expect(tree.use(1)).toEqual({ cpuS: 5, residentB: 2 * 409_600 });
  for (const path of [...world.stored.keys()]) if (path.startsWith("/proc/5000")) world.stored.delete(path);
  put(`/proc/${ROOT}/task/${ROOT}/children`, "");
  put(`/proc/${ROOT}/stat`, line(ROOT, 1, 100, 750));
  expect(tree.use(2).cpuS).toBeCloseTo(5.5, 9);
});

test("a child that nobody waits for takes no earlier seconds away, and a note says what is lost", () => {
  const { world, put } = treeWorld({ ...rootFiles("5000 "), ...child(200) });
  const tree = openProcessTree(world);
  put("/proc/5000/stat", line(5_000, ROOT, 700));
  expect(tree.use(1).cpuS).toBe(5);
  put(`/proc/${ROOT}/task/${ROOT}/children`, "");
  expect(tree.use(2).cpuS).toBe(5);
  expect(tree.notes.all().join()).toContain("left the tree");
});

const loadavg = (newest: number): Record<string, string> => ({
  "/proc/loadavg": `0.1 0.1 0.1 1/100 ${newest}\n`,
});

test("children are looked for only when something was started, and counted as before in between", () => {
  const looks: string[] = [];
  const files = { ...rootFiles("5000 "), ...child(0), ...loadavg(5_000) };
  const world = fakeWorld({
    files,
    machine: { processCpuSeconds: () => 1, residentBytes: () => 409_600 },
    onCall: (_count, _port, subject) => void looks.push(subject),
  });
  const put = (path: string, text: string): void =>
    void world.stored.set(path, new TextEncoder().encode(text));
  const tree = openProcessTree(world);
  tree.use(1);
  looks.length = 0;
  put("/proc/5000/stat", line(5_000, ROOT, 300));
  expect(tree.use(2)).toEqual({ cpuS: 3, residentB: 2 * 409_600 });
  expect(looks.filter((path) => path.includes("task"))).toEqual([]);
  // A grandchild appears.
  put("/proc/5000/task/5000/children", "5001 ");
  put("/proc/5001/stat", line(5_001, 5_000, 200));
  put("/proc/5001/task/5001/children", "");
  put("/proc/loadavg", loadavg(5_001)["/proc/loadavg"]!);
  expect(tree.use(3)).toEqual({ cpuS: 5, residentB: 3 * 409_600 });
  expect([...tree.pids]).toEqual([ROOT, 5_000, 5_001]);
});

test("a child that ends without another start is looked after: what it left behind is no longer counted", () => {
  const { world, put } = treeWorld({ ...rootFiles("5000 "), ...child(0), ...loadavg(5_000) });
  const tree = openProcessTree(world);
  put("/proc/5000/stat", line(5_000, ROOT, 300));
  for (const now of [1, 2]) expect(tree.use(now).cpuS).toBe(3);
  for (const path of [...world.stored.keys()]) if (path.startsWith("/proc/5000")) world.stored.delete(path);
  put(`/proc/${ROOT}/task/${ROOT}/children`, "");
  put(`/proc/${ROOT}/stat`, line(ROOT, 1, 100, 350));
  for (const now of [3, 4]) expect(tree.use(now)).toEqual({ cpuS: 3.5, residentB: 409_600 });
});

test("where the kernel lists no children, parents are found by scanning all processes", () => {
  const { world } = treeWorld({
    [`/proc/${ROOT}/stat`]: line(ROOT, 1, 100),
    [`/proc/${ROOT}/task/${ROOT}/stat`]: line(ROOT, 1, 100),
    "/proc/5000/stat": line(5_000, ROOT, 0),
    "/proc/6000/stat": line(6_000, 5_000, 0),
    "/proc/7000/stat": line(7_000, 1, 0),
  });
  expect(openProcessTree(world).use(1).residentB).toBe(3 * 409_600);
});

test("without /proc only this process counts, and a note says so", () => {
  const tree = openProcessTree(fakeWorld({ machine: { processCpuSeconds: () => 3 } }));
  expect(tree.covers).toBe("own process");
  expect(tree.notes.all()).toEqual(["child processes are not counted: this system has no /proc"]);
});

test("a read that fails anywhere gives a number or a plain error, and counts never go back", () => {
  for (let call = 1; call < 20; call++) {
    const world = fakeWorld({
      files: { ...rootFiles("5000 "), ...child(200), ...loadavg(5_000) },
      failAt: { call, code: "EIO" },
      machine: { processCpuSeconds: () => 1, residentBytes: () => 409_600 },
    });
    const tree = openProcessTree(world);
    let before = 0;
    for (const now of [1, 2, 3]) {
      try {
        const { cpuS } = tree.use(now);
        expect(cpuS).toBeGreaterThanOrEqual(before);
        before = cpuS;
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(SystemError);
      }
    }
    // What one look missed, the next one finds.
    if (tree.covers === "process tree") expect(tree.use(4).residentB).toBe(2 * 409_600);
  }
});

test.each(["", "1 (x", "1 (x) S", "1 (x) S 1 1 1 0 -1 0 0 0 0 0 -5 0 0 0 20 0 1 0 1 1 1"])(
  "%j is no stat line",
  (text) => {
    expect(parseProcStat(text)).toBeUndefined();
  },
);
