// Makes data/remote-energy/measured.csv from a checkout of github.com/ml-energy/leaderboard:
//   node scripts/remote-energy-table.mjs CHECKOUT
// Only facts are taken, only of text tasks whose prompts are short beside their answers; see data/remote-energy/README.md.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const checkout = process.argv[2];
if (checkout === undefined) throw new Error("name the checkout of ml-energy/leaderboard");
const table = join(dirname(fileURLToPath(import.meta.url)), "..", "data", "remote-energy", "measured.csv");

const TASKS = ["gpqa", "lm-arena-chat"];
const BITS = { bfloat16: 16, fp8: 8, mxfp4: 4 };
const digits = (value) => Number(value.toPrecision(4));

const rows = TASKS.flatMap((task) => {
  const path = join(checkout, "public", "data", "tasks", `${task}.json`);
  return JSON.parse(readFileSync(path, "utf8")).configurations.map((each) => {
    const bits = BITS[each.weight_precision];
    if (bits === undefined) throw new Error(`unknown precision ${each.weight_precision}`);
    return [
      each.model_id,
      each.activated_params_billions,
      each.total_params_billions,
      bits,
      each.gpu_model.toLowerCase(),
      each.num_gpus,
      digits(each.avg_batch_size),
      digits(each.avg_output_len),
      digits(each.energy_per_token_joules),
      task,
    ];
  });
});
const HEADER =
  "model,active_billions,total_billions,bits,gpu,gpus,concurrency,output_tokens,joules_per_output_token,task";
writeFileSync(table, `${[HEADER, ...rows.map((row) => row.join(","))].join("\n")}\n`);
console.log(`${rows.length} settings of ${new Set(rows.map(([model]) => model)).size} models`);
