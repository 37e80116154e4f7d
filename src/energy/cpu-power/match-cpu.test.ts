import { expect, test } from "vitest";
import { CPU_FAMILIES } from "./cpu-families.ts";
import { matchCpu } from "./match-cpu.ts";
import { fullPower } from "./socket-watts.ts";

/** Names as systems show them. */
test.each([
  ["AMD Ryzen 7 3800X 8-Core Processor", "Ryzen 7 3800X (16)", 142],
  ["Intel(R) Core(TM) Ultra 7 265KF", "Intel Core Ultra 7 265KF", 250],
  ["Intel(R) Core(TM) Ultra 9 275HX", "Intel Core Ultra 9 275HX", 160],
  ["Apple M1 Pro", "Apple M1 Pro", 30],
  ["Apple M4", "Apple M4", 22],
  ["Snapdragon(R) X Elite - X1E80100 - Qualcomm(R) Oryon(TM) CPU", "Snapdragon X Elite X1E-80-100", 23],
])("%s is exactly %s", (model, name, watts) => {
  expect(matchCpu(model)).toMatchObject({ kind: "exact", family: { name, watts } });
});

test.each([
  ["13th Gen Intel(R) Core(TM) i7-13700K", "Intel Core 13th Generation (i7)"],
  ["Intel(R) Core(TM) i5-10400F CPU @ 2.90GHz", "Intel Core 10th Generation (i5)"],
  ["Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz", "Xeon 2th Generation (Cascade Lake)"],
  ["Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz", "Xeon 3th Generation (Ice Lake)"],
  ["Intel(R) Xeon(R) Platinum 8488C", "Xeon 4th Generation (Sapphire Rapids)"],
  ["Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz", "Xeon E5v4 (Broadwell)"],
  ["Intel Xeon Processor (Icelake)", "Xeon 3th Generation (Ice Lake)"],
  ["AMD EPYC 7R13 Processor", "EPYC 3th Generation Zen 3 (Milan)"],
  ["AMD EPYC 7763 64-Core Processor", "EPYC 3th Generation Zen 3 (Milan)"],
  ["AMD EPYC 9654P 96-Core Processor", "EPYC 4th Generation Zen 4 (Genoa)"],
  ["AMD EPYC 9R14", "EPYC 4th Generation Zen 4 (Genoa)"],
  ["AMD EPYC-Rome Processor", "EPYC 2th Generation Zen 2 (Rome)"],
  ["AMD Ryzen 9 7950X 16-Core Processor", "Ryzen Zen 4 7000 (Ryzen 9)"],
  ["AMD Ryzen 5 PRO 5650G with Radeon Graphics", "Ryzen Zen 3 5000 (Ryzen 5)"],
  ["AMD Ryzen AI 9 HX 370 w/ Radeon 890M", "Ryzen AI 300 (Ryzen AI 9 HX)"],
  ["AMD Ryzen Threadripper PRO 5975WX 32-Cores", "Ryzen Threadripper Zen 3 5000 (Chagall)"],
])("%s is of the family %s", (model, name) => {
  expect(matchCpu(model)).toMatchObject({ kind: "family", family: { name } });
});

test.each([
  ["AMD EPYC", "names no CPU"],
  ["AMD EPYC Processor", "names no CPU"],
  ["Intel(R) Xeon(R) CPU @ 2.20GHz", "names no CPU"],
  ["Intel Xeon Processor (Skylake, IBRS)", "names no CPU"],
  ["Intel(R) Xeon(R) Platinum 8175M CPU @ 2.50GHz", "names no CPU"],
  ["Intel(R) Xeon(R) Platinum 8592+", "names no CPU"],
  ["QEMU Virtual CPU version 2.5+", "names no CPU"],
  ["Neoverse-N1", "names no CPU"],
  ["unknown", "names no CPU"],
  ["Intel(R) Core(TM) i7-6700 CPU @ 3.40GHz", "names no CPU"],
  ["AMD EPYC 8324P 32-Core Processor", "names no CPU"],
  ["AMD EPYC 9V33X 96-Core Processor", "names no CPU"],
  ["Apple M9", "names no CPU"],
  ["12th Gen Intel(R) Core(TM) i5-1240P", "laptop part"],
  ["11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz", "laptop part"],
  ["Intel(R) Core(TM) i7-10750H CPU @ 2.60GHz", "laptop part"],
  ["AMD Ryzen 7 5800H with Radeon Graphics", "laptop part"],
  ["AMD Ryzen 7 7840U w/ Radeon 780M Graphics", "laptop part"],
])("%s is not guessed: %s", (model, why) => {
  const match = matchCpu(model);
  expect(match.kind === "unknown" && match.why).toContain(why);
});

test("every row of the table has a power that a CPU can have, and a name of its own", () => {
  for (const { watts } of CPU_FAMILIES) expect(watts > 0 && watts < 1_000).toBe(true);
  expect(new Set(CPU_FAMILIES.map(({ name }) => name)).size).toBe(CPU_FAMILIES.length);
});

const powerOf = (model: string, place: Partial<Parameters<typeof fullPower>[1]>) => {
  const match = matchCpu(model);
  if (match.kind === "unknown") throw new Error(match.why);
  return fullPower(match, { threads: 16, sockets: 1, isVirtual: false, ...place });
};

test("two sockets count twice, and smaller parts of a server family have less than its largest", () => {
  const genoa = "AMD EPYC 9654 96-Core Processor";
  expect(powerOf(genoa, { threads: 192 })?.watts).toBe(360);
  expect(powerOf(genoa, { threads: 384, sockets: 2 })?.watts).toBe(720);
  // Product pages: 280 W with 32 cores, 200 W with 16.
  expect(powerOf("AMD EPYC 9354", { threads: 64 })?.watts).toBeCloseTo(232, 0);
  expect(powerOf("AMD EPYC 9124", { threads: 32 })?.watts).toBeCloseTo(176, 0);
});

test("a virtual machine has its threads' part of the socket, and less is known of it", () => {
  const whole = powerOf("AMD EPYC 7R13", { threads: 128 })!;
  const guest = powerOf("AMD EPYC 7R13", { threads: 8, isVirtual: true })!;
  expect(guest.watts).toBeCloseTo(280 / 16, 9);
  expect(guest.factor).toBeGreaterThan(whole.factor);
  expect(guest.how).toContain("8 of 128 threads");
});

test("a virtual machine on a desktop part is not given a share that nobody knows", () => {
  expect(powerOf("AMD Ryzen 9 7950X 16-Core Processor", { isVirtual: true })).toBeUndefined();
  expect(powerOf("Apple M1 Pro", { isVirtual: true })).toBeUndefined();
});
