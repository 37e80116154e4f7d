import { fileURLToPath } from "node:url";
import { FrugalError, messageOf, systemCode } from "../core/error.ts";

/** The versions that the peer dependencies name; a test holds them against package.json. */
export const ENGINE_PACKAGES = {
  "@huggingface/transformers": "4.3.1",
  "onnxruntime-node": "1.30.0",
} as const;
export type EnginePackage = keyof typeof ENGINE_PACKAGES;

/** A global install lies in PREFIX/lib/node_modules, on Windows in PREFIX\node_modules (npm, "folders"). */
const isGlobal = /[\\/](lib|npm)[\\/]node_modules[\\/]frugal[\\/]/.test(fileURLToPath(import.meta.url));

/**
 * Into where frugal itself lies, or it would not be found. Without scripts: onnxruntime-node's fetches CUDA libraries, some hundred
 * megabytes that frugal does not use, and fails the whole installation where it cannot.
 */
export const INSTALL_LINE: string = [
  `npm install ${isGlobal ? "--global " : ""}--ignore-scripts`,
  ...Object.entries(ENGINE_PACKAGES).map(([name, version]) => `${name}@^${version}`),
].join(" ");

export function engineMissing(name: string, cause?: unknown): FrugalError {
  return new FrugalError({
    code: "engine-missing",
    what: `${name} is not installed`,
    why: "engines are large, so they do not come with frugal",
    remedy: `run: ${INSTALL_LINE}`,
    cause,
  });
}

/** Loads an optional engine; throws "engine-missing" with the line that installs it. */
export async function requireEngine<T>(name: EnginePackage, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (thrown) {
    const code = systemCode(thrown);
    const absent = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
    if (absent) throw engineMissing(missingName(messageOf(thrown)) ?? name, thrown);
    throw new FrugalError({
      code: "engine-crashed",
      what: `${name} does not start`,
      why: messageOf(thrown),
      remedy: `install it again: ${INSTALL_LINE}`,
      cause: thrown,
    });
  }
}

/** Node says: Cannot find package 'onnxruntime-node' imported from … */
const missingName = (message: string): string | undefined =>
  /Cannot find (?:package|module) '([^']+)'/.exec(message)?.[1];
