import type { Native, NativeArgument, NativeFunction, NativeResult } from "../core/ports.ts";

/** A system library behind the names and parameters of its functions. */
export interface BoundLibrary<Name extends string> {
  /** Throws an Error that says so when the library lacks the function. */
  call(name: Name, ...values: readonly NativeArgument[]): NativeResult;
  /** The same for a function that returns a pointer: 0 for NULL. */
  pointer(name: Name, ...values: readonly NativeArgument[]): bigint;
}

/** Thrown where no library could be loaded, with what would bring it, if that is known. */
export class LibraryMissing extends Error {
  readonly remedy: string | undefined;
  constructor(reason: string, remedy: string | undefined) {
    super(reason);
    this.remedy = remedy;
  }
}

/** @param prototypes C prototypes by function name; functions are bound when they are first called. Throws LibraryMissing. */
export function bindLibrary<Name extends string>(
  native: Native,
  names: readonly string[],
  prototypes: Readonly<Record<Name, string>>,
): BoundLibrary<Name> {
  const library = native.open(names);
  if ("reason" in library) throw new LibraryMissing(library.reason, library.remedy);
  const bound = new Map<Name, NativeFunction>();
  const call = (name: Name, ...values: readonly NativeArgument[]): NativeResult => {
    let found = bound.get(name);
    if (found === undefined) {
      found = library.bind(prototypes[name]);
      if (found === undefined) throw new Error(`${library.name} has no ${name}`);
      bound.set(name, found);
    }
    return found(...values);
  };
  return {
    call,
    pointer: (name, ...values) => BigInt((call(name, ...values) as bigint | number | null) ?? 0),
  };
}
