import { expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import { holdsProcess, openControlGroup } from "./control-group.ts";
import { noteList } from "./note-list.ts";
import { openProcessTree } from "./process-tree.ts";
import { openWorkloads, type WorkloadChoice } from "./workloads.ts";

const PID = 4_242;
const V2 = {
  [`/proc/${PID}/cgroup`]: "0::/app.slice/web.service\n",
  "/sys/fs/cgroup/app.slice/web.service/cpu.stat": "usage_usec 2500000\nuser_usec 2000000\n",
  "/sys/fs/cgroup/app.slice/web.service/cgroup.procs": `${PID}\n17\n`,
  "/sys/fs/cgroup/app.slice/web.service/inner/cgroup.procs": "18\n",
};
const V1 = {
  [`/proc/${PID}/cgroup`]: "9:name=systemd:/\n5:cpu,cpuacct:/docker/abc\n0::/\n",
  "/sys/fs/cgroup/cpu,cpuacct/docker/abc/cpuacct.usage": "1500000000\n",
  "/sys/fs/cgroup/cpu,cpuacct/docker/abc/cgroup.procs": `${PID}\n`,
};

test.each([
  ["version 2", V2, 2, "/app.slice/web.service", 2.5, [PID, 17, 18]],
  ["version 1", V1, 1, "/docker/abc", 1.5, [PID]],
] as const)(
  "%s: the group of a process tells its CPU seconds and its processes",
  (_name, files, ...expected) => {
    const group = openControlGroup(fakeWorld({ files }).files, { pid: PID });
    expect([group.version, group.path, group.cpuSeconds(), group.pids()]).toEqual(expected);
  },
);

test("a group can be named by its path, and a process is in it when it is below it", () => {
  const { files } = fakeWorld({ files: V2 });
  expect(openControlGroup(files, { path: "/app.slice/web.service" }).cpuSeconds()).toBe(2.5);
  expect(
    ["/app.slice", "/app.slice/web.service", "/", "/app.slice/web", "/other"].map((path) =>
      holdsProcess(files, path, PID),
    ),
  ).toEqual([true, true, true, false, false]);
});

test.each([
  ["no control groups", {}],
  ["no CPU time", { [`/proc/${PID}/cgroup`]: "0::/a\n", "/sys/fs/cgroup/a/cpu.stat": "nr_periods 0\n" }],
])("%s: opening says what is wrong", (_name, files) => {
  expect(() => openControlGroup(fakeWorld({ files }).files, { pid: PID })).toThrow(/\S/);
});

async function workloads(files: Record<string, string>, choices: readonly WorkloadChoice[]) {
  const world = fakeWorld({ files, machine: { processCpuSeconds: () => 1 } });
  const notes = noteList();
  return { opened: await openWorkloads(world, choices, { tree: openProcessTree(world), notes }), notes };
}

test("a container counts without the process tree that is listed beside it and runs in it", async () => {
  const { opened } = await workloads(V2, [{ kind: "container" }, { kind: "process-tree" }]);
  expect(opened.map((each) => [each.owner, each.name, each.cpuSeconds(1)])).toEqual([
    ["process-tree", "this process tree", 0],
    ["container", "rest of control group /app.slice/web.service", 2.5],
  ]);
  expect([...opened[1]!.pids()]).toEqual([17, 18]);
});

test("an own container that cannot be read is a note; a process or group that was named and is not there is refused", async () => {
  const { opened, notes } = await workloads({}, [{ kind: "container" }]);
  expect(opened).toEqual([]);
  expect(notes.all().join()).toContain("container");
  const refused = expect.objectContaining({ code: "bad-option" });
  await expect(workloads(V2, [{ kind: "container", path: "/none" }])).rejects.toEqual(refused);
  await expect(workloads(V2, [{ kind: "process-tree", pid: 99 }])).rejects.toEqual(refused);
});
