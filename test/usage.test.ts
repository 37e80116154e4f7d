/** What a typing mistake, a question for help or a bug of ours looks like. */
import { expect, test } from "vitest";
import { type CommandSpec, GROUP_TITLES } from "../src/apps/cli/command.ts";
import { COMMANDS } from "../src/apps/cli/commands.ts";
import { main } from "../src/apps/cli/main.ts";
import { fakeWorld } from "./support/fake-world.ts";

async function frugal(argv: readonly string[], commands?: readonly CommandSpec[]) {
  const world = fakeWorld();
  return { code: await main(world, argv, commands), out: world.out(), err: world.err() };
}

const RUN = ["run", "feature-extraction"];
const MISTAKES: readonly (readonly [argv: readonly string[], error: string, hint: string])[] = [
  [["frobnicate"], "unknown command 'frobnicate'", "frugal --help"],
  [["trakc", "--", "true"], "unknown command 'trakc'", "Did you mean track?"],
  [["trakc", "--help"], "unknown command 'trakc'", "Did you mean track?"],
  [["help", "trakc"], "unknown command 'trakc'", "Did you mean track?"],
  [["log", "foo"], "unknown command 'log foo'", "use one of: log show, log verify, log export, log repair"],
  [["log", "vrify"], "unknown command 'log vrify'", "Did you mean log verify?"],
  [["log", "shwo", "3fa2"], "unknown command 'log shwo'", "Did you mean log show?"],
  [["log", "foo", "--limit", "3", "--json"], "unknown command 'log foo'", "use one of: log show"],
  [["log", "verify", "more"], "too many arguments", "frugal log verify --help"],
  [["zones", "a", "b"], "too many arguments", "frugal zones --help"],
  [["--verison"], "unknown option '--verison'", "Did you mean --version?"],
  [[...RUN, "--inptu", "x"], "unknown option '--inptu'", "Did you mean --input?"],
  [[...RUN, "-i", "x"], "no model is named", "with --model"],
  [["run", "-m", "x", "-i", "x"], "what to do is not said", "or an --adapter"],
  [[...RUN, "-m", "x"], "option '-i, --input <text|file|->' not specified", "for instance: frugal run"],
  [[...RUN, "-m", "x", "-i"], "argument missing", "frugal run --help"],
  [[...RUN, "more", "-m", "x", "-i", "x"], "too many arguments", "frugal run --help"],
  [[...RUN, "-m", "x", "-i", "x", "--pooling", "max"], "Allowed choices are mean, cls", "frugal run"],
  [["run", "feature-extractoin", "-m", "x", "-i", "x"], "unknown task", "did you mean feature-extraction?"],
  [["run", "paint", "-m", "x", "-i", "x"], "unknown task paint", "use one of: text-classification"],
  [["track"], "missing required argument 'command'", "frugal track -- npm test"],
  [["track", "--"], "missing required argument 'command'", "frugal track -- npm test"],
  [["track", "--zone"], "argument missing", "frugal track --help"],
  [["track", "--jsno", "x", "--", "true"], "unknown option '--jsno'", "Did you mean --json?"],
];
test.each(MISTAKES)("%j is refused with 2 and says what to do", async (argv, error, hint) => {
  const { code, out, err } = await frugal(argv);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toMatch(/^error: .+\nhint: .+\n$/);
  expect(err).toContain(error);
  expect(err).toContain(hint);
});

test("no command at all shows the help, but on stderr and with 2: a script with an empty variable did nothing", async () => {
  const asked = await frugal(["--help"]);
  expect(asked).toMatchObject({ code: 0, err: "" });
  expect(await frugal([])).toEqual({ code: 2, out: "", err: asked.out });
  expect(await frugal(["help"])).toEqual(asked);
});

test("help COMMAND is COMMAND --help", async () => {
  for (const { name } of COMMANDS) {
    const asked = await frugal([...name.split(" "), "--help"]);
    expect(asked).toMatchObject({ code: 0, err: "" });
    expect(await frugal(["help", ...name.split(" ")])).toEqual(asked);
  }
});

test("help lists each command under the title of its group, and no empty group", async () => {
  const { out } = await frugal(["--help"]);
  const sections = new Map(
    out.split(/\n\n/).map((section) => {
      const [title = "", ...lines] = section.split("\n");
      return [title, lines.map((line) => /^ {2}(\S+)/.exec(line)?.[1]).filter((name) => name !== undefined)];
    }),
  );
  for (const [group, title] of Object.entries(GROUP_TITLES)) {
    const names = COMMANDS.filter((spec) => spec.group === group && !spec.name.includes(" "));
    expect(sections.get(title)).toEqual(names.length === 0 ? undefined : names.map((spec) => spec.name));
  }
  const titles = [...sections.keys()].filter((line) => line.endsWith(":") && line !== "Options:");
  expect(titles.every((title) => Object.values(GROUP_TITLES).includes(title))).toBe(true);
});

test("every help text fits into 80 columns", async () => {
  for (const argv of [[], ...COMMANDS.map(({ name }) => name.split(" "))]) {
    const { out } = await frugal([...argv, "--help"]);
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  }
});

test("a mistake of ours exits with 70, asks for a report and names the place", async () => {
  const broken: CommandSpec = {
    name: "broken",
    group: "measure",
    summary: "breaks",
    options: [],
    examples: [],
    load: async () => () => Promise.reject(new TypeError("oops")),
  };
  const { code, err } = await frugal(["broken"], [broken]);
  expect(code).toBe(70);
  expect(err).toMatch(/^error: internal: oops\nhint: .*report.*\nTypeError: oops\n +at /);
});
