import type { CommandSpec } from "../command.ts";

export const ZONES: CommandSpec = {
  name: "zones",
  group: "measure",
  summary: "find grid zones and cloud regions by name, with their mean carbon intensity",
  arguments: [{ name: "[search]", description: "part of a key, a name, a country or a cloud region" }],
  options: [],
  examples: ["frugal zones france", "frugal zones aws:eu --json"],
  load: () => import("../actions/zones.ts").then((module) => module.zones),
};
