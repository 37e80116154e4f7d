import { messageOf } from "../core/error.ts";
import type { Native, NativeAbsent, NativeFunction, NativeLibrary } from "../core/ports.ts";

type Koffi = typeof import("koffi");

/**
 * Where koffi's binary for this platform lies. It is the whole of its interface; the koffi package itself, of which only the
 * types are used, would run a script at installation.
 */
const PACKAGE = `@koromix/koffi-${process.platform}-${process.arch}`;
let loaded: Koffi | NativeAbsent | undefined;

/** Native calls by koffi, which is loaded with the first library that anybody asks for. */
export const nodeNative: Native = {
  open(names) {
    const { createRequire } = process.getBuiltinModule("node:module");
    loaded ??= loadKoffi((id) => createRequire(import.meta.url)(id));
    return "reason" in loaded ? loaded : openFirst(loaded, names);
  },
};

/** Loads koffi with `require`; where there is no binary for this platform, says so. */
export function loadKoffi(require: (id: string) => unknown): Koffi | NativeAbsent {
  try {
    return require(PACKAGE) as Koffi;
  } catch (thrown) {
    return {
      reason: `native calls do not work here: ${firstLine(thrown)}`,
      remedy: `install the ${PACKAGE} package with its optional dependencies (npm install --include=optional)`,
    };
  }
}

function openFirst(koffi: Koffi, names: readonly string[]): NativeLibrary | NativeAbsent {
  const failures: string[] = [];
  for (const name of names) {
    try {
      const library = koffi.load(name);
      return { name, bind: (prototype) => bind(library, prototype) };
    } catch (thrown) {
      failures.push(`${name}: ${firstLine(thrown)}`);
    }
  }
  return { reason: failures.join("; ") };
}

function bind(library: ReturnType<Koffi["load"]>, prototype: string): NativeFunction | undefined {
  try {
    return library.func(prototype);
  } catch (thrown) {
    if (messageOf(thrown).startsWith("Cannot find function")) return undefined;
    throw thrown;
  }
}

const firstLine = (thrown: unknown): string => messageOf(thrown).split("\n")[0]!;
