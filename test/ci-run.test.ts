/** The last line of `.ci/run` is what the outside reads: it must be there however the run ends. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const scratch = mkdtempSync(join(tmpdir(), "frugal-ci-"));
afterAll(() => rmSync(scratch, { recursive: true }));
mkdirSync(join(scratch, ".ci"));
copyFileSync(join(ROOT, ".ci/run"), join(scratch, ".ci/run"));

const report = (passed: number, failed: number, files: readonly object[] = []): string =>
  JSON.stringify({ numPassedTests: passed, numFailedTests: failed, testResults: files });
const unloadable = { status: "failed", assertionResults: [] };

/** `npm ci` and `npm test` as told; the report goes where --outputFile.json points to. */
function runWith(npm: { readonly ci: number; readonly test: number; readonly report?: string }) {
  const write = npm.report === undefined ? "" : `printf '%s' '${npm.report}' > "$file"`;
  writeFileSync(
    join(scratch, "npm"),
    `#!/bin/sh
if [ "$1" = ci ]; then echo installing; exit ${npm.ci}; fi
for word; do case "$word" in --outputFile.json=*) file="\${word#*=}";; esac; done
${write}
echo testing
exit ${npm.test}
`,
    { mode: 0o755 },
  );
  const { status, stdout } = spawnSync("sh", [join(scratch, ".ci/run")], {
    encoding: "utf8",
    env: { ...process.env, PATH: `${scratch}${delimiter}${process.env["PATH"]}` },
  });
  return { status, last: stdout.trimEnd().split("\n").at(-1) };
}

test.each([
  ["all pass", { ci: 0, test: 0, report: report(3, 0) }, 0, "3 passed, 0 failed"],
  ["one fails", { ci: 0, test: 1, report: report(2, 1) }, 1, "2 passed, 1 failed"],
  ["the install fails", { ci: 1, test: 0 }, 1, "0 passed, 1 failed"],
  ["the build fails", { ci: 0, test: 2 }, 2, "0 passed, 1 failed"],
  [
    "a file cannot be loaded",
    { ci: 0, test: 1, report: report(2, 0, [unloadable]) },
    1,
    "2 passed, 1 failed",
  ],
  ["an error escapes every test", { ci: 0, test: 1, report: report(2, 0) }, 1, "2 passed, 1 failed"],
  ["the report is cut off", { ci: 0, test: 0, report: report(2, 0).slice(0, 9) }, 1, "0 passed, 1 failed"],
])("when %s, the last line and the exit code say so", (_, npm, status, last) => {
  expect(runWith(npm)).toEqual({ status, last });
});
