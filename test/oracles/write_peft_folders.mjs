/** Writes each adapter of test/fixtures/adapters again, behind `npm run build`:  node test/oracles/write_peft_folders.mjs FOLDER */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { nodeFiles } from "../../dist/host/node-files.js";
import { readPeftFolder, writePeftFolder } from "../../dist/learn/lora/peft-folder.js";

const from = join(import.meta.dirname, "../fixtures/adapters");
for (const name of readdirSync(from)) {
  const { adapter } = await readPeftFolder(nodeFiles, join(from, name));
  await writePeftFolder(nodeFiles, join(process.argv[2], name), adapter);
}
