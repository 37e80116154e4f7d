import type { CommandSpec } from "../command.ts";

export const DOCTOR: CommandSpec = {
  name: "doctor",
  group: "measure",
  summary: "try every sensor and engine of this machine; say what works, what not, and what helps",
  options: [
    {
      flags: "--fix",
      description: "print the commands that would make more of it measured; nothing is run",
    },
  ],
  examples: ["frugal doctor", "frugal doctor --fix", "frugal doctor --json"],
  load: () => import("../actions/doctor.ts").then((module) => module.doctor),
};
