/** Flags on carbon that every measured command takes: one table, one meaning. */
import type { CarbonFlags } from "../../energy/carbon/carbon-settings.ts";
import type { OptionSpec, OptionValues } from "./command.ts";
import { badOption } from "./program.ts";

const numberFrom =
  (option: string, least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== "" && value >= least && Number.isFinite(value)) return value;
    throw badOption(option, text, `give a number from ${least} up`);
  };

/** A facility cannot draw less than the IT equipment in it: PUE is at least 1. */
export const parsePue: (text: string) => number = numberFrom("--pue", 1);

export const parseWue: (text: string) => number = numberFrom("--wue", 0);

export const CARBON_OPTIONS: readonly OptionSpec[] = [
  { flags: "--zone <zone>", description: "grid zone for carbon: FR, US-CAL-CISO … (else FRUGAL_ZONE)" },
  {
    flags: "--cloud <region>",
    description:
      "cloud region in place of a zone: aws:eu-west-3; metadata asks the machine (else FRUGAL_CLOUD)",
  },
  {
    flags: "--pue <ratio>",
    description: "facility energy ÷ IT energy, from 1 up (else FRUGAL_PUE)",
    parse: parsePue,
  },
  {
    flags: "--wue <ratio>",
    description: "litres of water per kWh of IT energy (else FRUGAL_WUE)",
    parse: parseWue,
  },
  {
    flags: "--supplier-factor <factor>",
    description: "your supplier's gCO2e per kWh, for the market-based figure",
    parse: numberFrom("--supplier-factor", 0),
  },
];

const NAMES = [
  "zone",
  "cloud",
  "pue",
  "wue",
  "supplierFactor",
] as const satisfies readonly (keyof CarbonFlags)[];

/** The flags that were given. */
export const carbonFlags = (options: OptionValues): CarbonFlags =>
  Object.fromEntries(NAMES.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
