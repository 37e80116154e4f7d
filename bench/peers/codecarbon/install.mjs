/** A Python environment with the pinned CodeCarbon, in a cache folder of the user; made once. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { Unavailable } from "../../unavailable.mjs";
import { PINNED, pythonVersion, requirementName } from "./readings.mjs";

/** CodeCarbon's `requires-python`. */
const OLDEST = [3, 10];
const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");

/**
 * @returns how to run it, and what must be said of it: `notes`. Throws `Unavailable` where it cannot be had.
 */
export function installCodeCarbon() {
  const [python, minor] = findPython();
  const folder = join(cache, "frugal-bench", `codecarbon-${PINNED}-python3.${minor}`);
  const record = join(folder, "installed.json");
  if (!existsSync(record)) {
    const making = `${folder}.partial`;
    rmSync(making, { recursive: true, force: true });
    mkdirSync(making, { recursive: true });
    console.error(`installing CodeCarbon ${PINNED} into ${folder}`);
    run(python, ["-m", "venv", making], "no virtual environment (on Debian: apt-get install python3-venv)");
    writeFileSync(join(making, "installed.json"), JSON.stringify(fill(making)));
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
  }
  const { source, missing } = JSON.parse(readFileSync(record, "utf8"));
  const env = environment(join(folder, "home"), source);
  const inside = pythonOf(folder);
  const version = run(
    inside,
    ["-c", "from codecarbon import __version__; print(__version__)"],
    "CodeCarbon does not load",
    env,
  ).trim();
  if (version !== PINNED) throw new Unavailable(`CodeCarbon ${version} is in ${folder}, not ${PINNED}`);
  const packages = run(inside, ["-m", "pip", "list", "--format=freeze"], "pip does not run", env);
  const some = packages.split("\n").filter((line) => /^(psutil|pandas|numpy|nvidia-ml-py)==/i.test(line));
  const notes = [
    `CodeCarbon: ${version}, from ${source === undefined ? "its package" : "its source tree (CODECARBON_SOURCE)"}`,
    `Python: ${run(inside, ["--version"], "no Python").replace("Python", "").trim()}, with ${some.join(", ")}`,
    ...(missing.length === 0 ? [] : [`could not be installed, and is absent: ${missing.join(", ")}`]),
  ];
  return { python: inside, env, notes };
}

function findPython() {
  const named = process.env.PYTHON ? [process.env.PYTHON] : ["python3", "python"];
  for (const python of named) {
    const { stdout, status } = spawnSync(python, ["--version"], { encoding: "utf8" });
    const version = status === 0 ? pythonVersion(stdout) : undefined;
    if (version !== undefined && version[0] === OLDEST[0] && version[1] >= OLDEST[1])
      return [python, version[1]];
  }
  throw new Unavailable(
    `no Python ${OLDEST.join(".")} or newer (tried ${named.join(", ")}; PYTHON names another)`,
  );
}

/** The package; where its registry lacks something, each requirement that can be had, and the source tree that the user names. */
function fill(folder) {
  const python = pythonOf(folder);
  const pip = (...args) =>
    spawnSync(python, ["-m", "pip", "install", "--quiet", "--retries", "0", ...args], { encoding: "utf8" });
  const whole = pip(`codecarbon==${PINNED}`);
  if (whole.status === 0) return { missing: [] };
  const source = process.env.CODECARBON_SOURCE;
  const bare = source === undefined ? pip("--no-deps", `codecarbon==${PINNED}`) : undefined;
  if (bare !== undefined && bare.status !== 0)
    throw new Unavailable(
      `pip cannot install codecarbon==${PINNED} (${bare.stderr.trim().split("\n").at(-1)}); ` +
        `CODECARBON_SOURCE may name a folder that holds its source tree, such as a checkout of the tag`,
    );
  const list =
    source === undefined
      ? "from importlib.metadata import requires; print('\\n'.join(requires('codecarbon')))"
      : "import sys, tomllib; print('\\n'.join(tomllib.load(open(sys.argv[1], 'rb'))['project']['dependencies']))";
  const args = source === undefined ? [] : [join(source, "pyproject.toml")];
  const wanted = run(python, ["-c", list, ...args], "its requirements cannot be read")
    .trim()
    .split("\n");
  const missing = wanted
    .filter((each) => !each.includes("extra ==") && pip(each).status !== 0)
    .map(requirementName);
  return { ...(source !== undefined && { source }), missing };
}

const pythonOf = (folder) =>
  process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");

/** No settings of the user's: CodeCarbon reads .codecarbon.config in the home folder, and CODECARBON_*. */
function environment(home, source) {
  mkdirSync(home, { recursive: true });
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("CODECARBON_"));
  const path =
    source === undefined
      ? {}
      : { PYTHONPATH: [source, process.env.PYTHONPATH].filter(Boolean).join(delimiter) };
  return { ...Object.fromEntries(own), ...path, HOME: home };
}

function run(command, args, otherwise, env = process.env) {
  try {
    return execFileSync(command, args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] });
  } catch (thrown) {
    const why = String(thrown.stderr ?? thrown.message)
      .trim()
      .split("\n")
      .at(-1);
    throw new Unavailable(`${otherwise}: ${why}`);
  }
}
