// Fits data/remote-energy/measured.csv and writes src/energy/remote/fitted.ts. Needs a build; npm run fix formats what it wrote.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fitEnergy } from "../dist/energy/remote/fit-energy.js";
import { parsePoints } from "../dist/energy/remote/measured-points.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const points = parsePoints(readFileSync(join(root, "data/remote-energy/measured.csv"), "utf8"));
const models = Object.fromEntries(
  points.map(({ model, activeBillions, totalBillions, bits }) => [
    model,
    { activeBillions, totalBillions, bits },
  ]),
);
// Six digits: more would differ between machines.
const rounded = (_key, value) => (typeof value === "number" ? Number(value.toPrecision(6)) : value);
const constant = (name, type, value) =>
  `export const ${name}: ${type} = ${JSON.stringify(value, rounded, 2)};\n`;
writeFileSync(
  join(root, "src/energy/remote/fitted.ts"),
  [
    "/** Made by scripts/fit-remote-energy.mjs from data/remote-energy/measured.csv: run it again, do not edit. */",
    'import type { EnergyFit } from "./fit-energy.ts";',
    'import type { ModelShape } from "./serving.ts";',
    "",
    constant("FITTED", "EnergyFit", fitEnergy(points)),
    "/** The models of the measured set. */",
    constant("MEASURED_MODELS", "Readonly<Record<string, ModelShape>>", models),
  ].join("\n"),
);
