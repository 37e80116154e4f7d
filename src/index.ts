/**
 * The package's main entry: quantities, errors, the meter's types and the version. Everything that loads more lies under a
 * subpath (`frugal/energy`, `frugal/engines` …), so that an import costs what it uses.
 */
export * from "./public/core.ts";
