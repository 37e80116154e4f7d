import { CPU_FAMILIES, type CpuFamily } from "./cpu-families.ts";

/** What a CPU's name tells of its power. */
export type CpuMatch =
  /** The table has this very part. */
  | { readonly kind: "exact"; readonly family: CpuFamily }
  /** The table has the largest part of its family. */
  | { readonly kind: "family"; readonly family: CpuFamily; readonly topThreads: number | undefined }
  | { readonly kind: "unknown"; readonly why: string };

/** A name of the system → a name of the table; undefined when the rule does not fit, a reason when it fits something unknown. */
type Rule = (name: string) => string | { readonly why: string } | undefined;

/** CPU threads of the largest part of a server family, for shares of a socket (makers' product pages). */
const TOP_THREADS: Readonly<Record<string, number>> = {
  // Xeon Platinum 8490H, 8380, 8280; E5-2699 v4, v3; E5-2697 v2 (ark.intel.com).
  "Xeon 4th Generation (Sapphire Rapids)": 120,
  "Xeon 3th Generation (Ice Lake)": 80,
  "Xeon 2th Generation (Cascade Lake)": 56,
  "Xeon E5v4 (Broadwell)": 44,
  "Xeon E5v3 (Haswell)": 36,
  "Xeon E5v2 (Ivy Bridge)": 24,
  // EPYC 9755, 9654, 7763, 7742, 7601 (amd.com/en/products/specifications).
  "EPYC 5th Generation Zen 5 (Turin)": 256,
  "EPYC 4th Generation Zen 4 (Genoa)": 192,
  "EPYC 3th Generation Zen 3 (Milan)": 128,
  "EPYC 2th Generation Zen 2 (Rome)": 128,
  "EPYC 1st Generation Zen (Naples)": 64,
};

const EPYC = [
  undefined,
  "EPYC 1st Generation Zen (Naples)",
  "EPYC 2th Generation Zen 2 (Rome)",
  "EPYC 3th Generation Zen 3 (Milan)",
  "EPYC 4th Generation Zen 4 (Genoa)",
  "EPYC 5th Generation Zen 5 (Turin)",
] as const;
const XEON_E5 = [
  undefined,
  undefined,
  "Xeon E5v2 (Ivy Bridge)",
  "Xeon E5v3 (Haswell)",
  "Xeon E5v4 (Broadwell)",
] as const;
const XEON_SCALABLE = [
  undefined,
  undefined,
  "Xeon 2th Generation (Cascade Lake)",
  "Xeon 3th Generation (Ice Lake)",
  "Xeon 4th Generation (Sapphire Rapids)",
] as const;
/** What QEMU calls the CPUs that it imitates (qemu, target/i386/cpu.c): the generation is known, the part is not. */
const IMITATED: Readonly<Record<string, string>> = {
  "EPYC-Rome": EPYC[2],
  "EPYC-Milan": EPYC[3],
  "EPYC-Genoa": EPYC[4],
  "EPYC-Turin": EPYC[5],
  Cascadelake: XEON_SCALABLE[2],
  Icelake: XEON_SCALABLE[3],
  SapphireRapids: XEON_SCALABLE[4],
};
const RYZEN: Readonly<Record<string, string>> = {
  3: "Ryzen Zen 2 3000",
  5: "Ryzen Zen 3 5000",
  7: "Ryzen Zen 4 7000",
  9: "Ryzen Zen 5 9000",
};
const THREADRIPPER: Readonly<Record<string, string>> = {
  1: "Ryzen Threadripper Zen 1000 (Whitehaven)",
  3: "Ryzen Threadripper Zen 2 3000 (Castle Peak)",
  5: "Ryzen Threadripper Zen 3 5000 (Chagall)",
  7: "Ryzen Threadripper Zen 4 7000 (Storm Peak)",
  9: "Ryzen Threadripper Zen 5 9000 (Shimada Peak)",
};
/** Laptop parts draw a fraction of their desktop namesakes, and the maker of the laptop sets how much. */
const MOBILE = { why: "it is a laptop part, whose power the maker of the laptop sets" } as const;

const group =
  (pattern: RegExp, found: (...groups: string[]) => ReturnType<Rule>): Rule =>
  (name) => {
    const match = pattern.exec(name);
    return match === null ? undefined : found(...match.slice(1).map((part) => part ?? ""));
  };

/** The first that fits decides. Names as /proc/cpuinfo, sysctl and the registry show them, marks like (R) taken out. */
const RULES: readonly Rule[] = [
  (name) => CPU_FAMILIES.find((family) => isExact(family, name))?.name,
  group(/\b(EPYC-(?:Rome|Milan|Genoa|Turin))\b/, (cpu) => IMITATED[cpu!]),
  group(/Xeon Processor \((Cascadelake|Icelake|SapphireRapids)/, (cpu) => IMITATED[cpu!]),
  // 7763, 7R32, 9654P, 9R14: the last digit is the generation.
  group(/EPYC (7[0-9A-Z]{2}[1-3]|9[0-9A-Z]{2}[45])/, (part) => EPYC[Number(part!.at(-1))]),
  group(/Xeon (?:CPU )?E5-\d{4}[A-Z]* v(\d)/, (version) => XEON_E5[Number(version)]),
  group(
    /Xeon (?:Platinum|Gold|Silver|Bronze) \d(\d)\d{2}/,
    (generation) => XEON_SCALABLE[Number(generation)],
  ),
  group(/Threadripper (?:PRO )?(\d)\d{3}/, (generation) => THREADRIPPER[generation!]),
  group(/Ryzen (AI \d(?: HX)?) (?:PRO )?3\d{2}/, (tier) => `Ryzen AI 300 (Ryzen ${tier})`),
  group(/Ryzen (\d) (?:PRO )?(\d)\d{3}([A-Z0-9]*)/, (tier, generation, suffix) =>
    /^(U|H|HS|HX|C|HX3D)$/.test(suffix!)
      ? MOBILE
      : RYZEN[generation!] && `${RYZEN[generation!]} (Ryzen ${tier})`,
  ),
  // i7-13700K has the generation in two digits, as has the laptop part i5-1240P with fewer after them.
  group(/\b(i[3579])-(\d{1,2})\d{3}([A-Z0-9]*)/, (tier, generation, suffix) =>
    /^(U|H|P|Y|G\d)/.test(suffix!) ? MOBILE : `Intel Core ${generation}th Generation (${tier})`,
  ),
];

/** How much a CPU may draw, from its name alone. Cloud names such as "AMD EPYC" or "Intel Xeon CPU @ 2.20GHz" name no part. */
export function matchCpu(model: string): CpuMatch {
  const name = model
    .replaceAll(/\((?:R|TM|C)\)/gi, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  for (const rule of RULES) {
    const found = rule(name);
    if (found === undefined) continue;
    if (typeof found !== "string") return { kind: "unknown", ...found };
    const family = CPU_FAMILIES.find((each) => each.name === found);
    if (family === undefined) break;
    if (isExact(family, name)) return { kind: "exact", family };
    return { kind: "family", family, topThreads: TOP_THREADS[family.name] };
  }
  return { kind: "unknown", why: `"${model}" names no CPU whose power is in the table` };
}

/** Parts that the table lists by their own name: `Apple M1 Pro`, `Intel Core Ultra 7 265KF`, `Snapdragon X Elite X1E-80-100`. */
function isExact({ maker, name: listed }: CpuFamily, name: string): boolean {
  if (maker === "Apple") return name === listed;
  if (maker === "Qualcomm")
    return name.replaceAll("-", "").includes(listed.split(" ").at(-1)!.replaceAll("-", ""));
  const part = listed.replace(/ \(\d+\)$/, "").replace(/^Intel /, "");
  const isPart = /\d{3}/.test(part) && !part.includes("(") && !/Zen \d/.test(part);
  // Most are not even in it, and a program waits for this: an expression is compiled only for one that is.
  return isPart && name.includes(part) && new RegExp(`\\b${part}\\b`).test(name);
}
