/** Libraries of the system as tables of JavaScript functions, with the same contract as the real ones. */
import type { Native, NativeArgument, NativeFunction, NativeResult } from "../../src/core/ports.ts";

export interface FakeLibrary {
  readonly name: string;
  /** By C name; out-parameters are the typed arrays that the caller passes. */
  readonly functions: Readonly<Record<string, NativeFunction>>;
}

export interface FakeNativeOptions {
  /** Called before each native call with its 1-based number; what it returns other than undefined is the result instead. */
  readonly before?: (call: number, name: string) => NativeResult | undefined;
  /** As when koffi itself cannot be loaded. */
  readonly broken?: { readonly reason: string; readonly remedy: string };
}

export interface FakeNative extends Native {
  /** Native calls made so far. */
  readonly calls: () => number;
}

const NAME = /([A-Za-z_]\w*)\s*\(/;

export function fakeNative(
  libraries: readonly FakeLibrary[] = [],
  options: FakeNativeOptions = {},
): FakeNative {
  let calls = 0;
  return {
    calls: () => calls,
    open(names) {
      if (options.broken !== undefined) return options.broken;
      for (const name of names) {
        const found = libraries.find((each) => each.name === name);
        if (found === undefined) continue;
        return {
          name,
          bind(prototype) {
            const symbol = NAME.exec(prototype)?.[1];
            if (symbol === undefined) throw new Error(`no prototype: ${prototype}`);
            const target = found.functions[symbol];
            if (target === undefined) return undefined;
            return (...values: readonly NativeArgument[]) =>
              options.before?.(++calls, symbol) ?? target(...values);
          },
        };
      }
      return { reason: names.map((name) => `${name}: no such library in the fake world`).join("; ") };
    },
  };
}
