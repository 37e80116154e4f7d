/** What a side printed, and what follows from it. Nothing here runs anything. */

export const PINNED = "3.3.0";

/**
 * The last line that a side printed, as its numbers by name; each must be there, finite and not below 0.
 * @param version CodeCarbon's, which that side must name.
 */
export function readingsIn(stdout, names, version) {
  const line = stdout.trim().split("\n").at(-1) ?? "";
  let found;
  try {
    found = JSON.parse(line);
  } catch (cause) {
    throw new Error(`not a reading: ${JSON.stringify(line)}`, { cause });
  }
  if (version !== undefined && found?.version !== version)
    throw new Error(`CodeCarbon ${found?.version} ran, not ${version}`);
  for (const name of names)
    if (!(Number.isFinite(found?.[name]) && found[name] >= 0))
      throw new Error(`${name} is ${JSON.stringify(found?.[name])}`);
  return found;
}

/** Watts that one busy thread counts with: what the CPU is said to have used, by the CPU seconds of the load. */
export const busyThreadWatts = ({ cpu_j, load_cpu_s }) => cpu_j / load_cpu_s;

/** `Python 3.11.7` → [3, 11]; undefined for anything else. */
export function pythonVersion(text) {
  const found = /^Python (\d+)\.(\d+)/.exec(text.trim());
  return found === null ? undefined : [Number(found[1]), Number(found[2])];
}

/** What a requirement of a package is called: `pandas>=2.3.3;python_version>='3.14'` → `pandas`. */
export const requirementName = (requirement) =>
  /^[A-Za-z0-9._-]+/.exec(requirement.trim())?.[0] ?? requirement;
