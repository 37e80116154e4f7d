/** Writes each adapter of test/fixtures/adapters again, for PEFT, merged, and for llama.cpp, behind `npm run build`:  node test/oracles/write_peft_folders.mjs FOLDER */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { nodeFiles } from "../../dist/host/node-files.js";
import { exportMerged } from "../../dist/learn/lora/export-merged.js";
import { writeGgufAdapter } from "../../dist/learn/lora/gguf-adapter.js";
import { readPeftFolder, writePeftFolder } from "../../dist/learn/lora/peft-folder.js";

const from = join(import.meta.dirname, "../fixtures/adapters");
for (const name of readdirSync(from)) {
  const { adapter } = await readPeftFolder(nodeFiles, join(from, name));
  await writePeftFolder(nodeFiles, join(process.argv[2], "peft", name), adapter);
  const type = adapter.settings.base_model_name_or_path;
  const out = join(process.argv[2], "merged", name);
  await exportMerged(nodeFiles, { base: join(from, "../models", type), out, adapter });
  if (adapter.settings.use_dora || type.startsWith("bert")) continue;
  const base = { type, heads: 3, keyValueHeads: 1 };
  await writeGgufAdapter(nodeFiles, join(process.argv[2], `${name}.gguf`), adapter, base);
}
