import { expect, test } from "vitest";
import { nodeProcesses } from "./node-processes.ts";

test("a piped command's output comes as it is written, its errors are kept, and its exit is told", async () => {
  const running = nodeProcesses.pipe(process.execPath, [
    "-e",
    "process.stdout.write('grün\\n'); process.stderr.write('why\\n'); process.exitCode = 3",
  ]);
  let output = "";
  const told = new Promise<void>((resolve) => {
    running.onOutput((text) => {
      output += text;
      if (output.endsWith("\n")) resolve();
    });
  });
  await told;
  expect(await running.exit).toEqual({ code: 3, signal: null });
  expect(output).toBe("grün\n");
  while (running.errorTail() === "") await new Promise((resolve) => setTimeout(resolve, 5));
  expect(running.errorTail()).toBe("why");
});

test("a command that is not there rejects, and one that runs can be ended", async () => {
  await expect(nodeProcesses.pipe("no-such-command-here", []).exit).rejects.toMatchObject({ code: "ENOENT" });
  const running = nodeProcesses.pipe(process.execPath, [
    "-e",
    "setInterval(() => {}, 1000); console.log('up')",
  ]);
  await new Promise<void>((resolve) => running.onOutput(() => resolve()));
  running.kill("SIGTERM");
  expect(await running.exit).toEqual({ code: null, signal: "SIGTERM" });
});

test("a process runs until it has ended", async () => {
  expect(nodeProcesses.isRunning(process.pid)).toBe(true);
  const child = nodeProcesses.pipe(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  expect(nodeProcesses.isRunning(child.pid)).toBe(true);
  child.kill("SIGKILL");
  await child.exit;
  expect(nodeProcesses.isRunning(child.pid)).toBe(false);
});

test.runIf(process.platform === "linux" && process.getuid?.() !== 0)(
  "another user's process runs as well",
  () => {
    expect(nodeProcesses.isRunning(1)).toBe(true);
  },
);
