import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { forbiddenImport, importsOf } from "./support/rooms.ts";

const SRC = join(import.meta.dirname, "..", "src");
const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".test.ts"))
  .map((path) => path.replaceAll("\\", "/"));

test.each(files)("%s imports only what its room may", (file) => {
  const text = readFileSync(join(SRC, file), "utf8");
  for (const specifier of importsOf(text)) {
    const target = specifier.startsWith(".") ? relative(SRC, join(SRC, dirname(file), specifier)) : specifier;
    expect(forbiddenImport(file, target)).toBeUndefined();
  }
});

test("an import planted against the table is found", () => {
  expect(forbiddenImport("energy/x.ts", "ledger/y.ts")).toContain("reaches up");
  expect(forbiddenImport("reuse/x.ts", "recycle/y.ts")).toContain("reaches up");
  expect(forbiddenImport("apps/cli/x.ts", "apps/web/y.ts")).toContain("never import each other");
  expect(forbiddenImport("nowhere/x.ts", "core/y.ts")).toContain("no room");
  expect(forbiddenImport("core/x.ts", "node:fs")).toContain("node:");
  expect(importsOf('const x = await import("../up.ts");\nexport { y } from "./y.ts";')).toEqual([
    "../up.ts",
    "./y.ts",
  ]);
});
