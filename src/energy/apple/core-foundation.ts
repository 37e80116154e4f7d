import type { Native } from "../../core/ports.ts";
import { bindLibrary } from "../bound-library.ts";

/** Pointers of CoreFoundation objects; 0 is NULL. */
export type Ref = bigint;

/** What little of CoreFoundation is needed (developer.apple.com/documentation/corefoundation). */
export interface CoreFoundation {
  /** A new string, which the caller releases. */
  string(text: string): Ref;
  text(string: Ref): string;
  /** Values of an array; they belong to it. */
  values(array: Ref): readonly Ref[];
  /** The value of a key, which belongs to the dictionary; 0 when there is none. */
  valueOf(dictionary: Ref, key: Ref): Ref;
  release(...refs: readonly Ref[]): void;
}

const NAMES = ["/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation"];
/** CFIndex is long, Boolean unsigned char, CFStringEncoding uint32_t (CFBase.h, CFString.h). */
const PROTOTYPES = {
  CFStringCreateWithCString:
    "void *CFStringCreateWithCString(void *allocator, const char *text, uint32_t encoding)",
  CFStringGetCString: "uint8_t CFStringGetCString(void *string, void *buffer, long size, uint32_t encoding)",
  CFArrayGetCount: "long CFArrayGetCount(void *array)",
  CFArrayGetValueAtIndex: "void *CFArrayGetValueAtIndex(void *array, long index)",
  CFDictionaryGetValue: "void *CFDictionaryGetValue(void *dictionary, void *key)",
  CFRelease: "void CFRelease(void *object)",
} as const;
/** kCFStringEncodingUTF8. */
const UTF8 = 0x0800_0100;
/** Names of channels and units have a dozen letters. */
const TEXT_BYTES = 256;

export function openCoreFoundation(native: Native): CoreFoundation {
  const library = bindLibrary(native, NAMES, PROTOTYPES);
  return {
    string(text) {
      const made = library.pointer("CFStringCreateWithCString", null, text, UTF8);
      if (made === 0n) throw new Error("CoreFoundation could not make a string");
      return made;
    },
    text(string) {
      if (string === 0n) return "";
      const buffer = new Uint8Array(TEXT_BYTES);
      if (Number(library.call("CFStringGetCString", string, buffer, TEXT_BYTES, UTF8)) === 0) return "";
      return new TextDecoder().decode(buffer.subarray(0, buffer.indexOf(0)));
    },
    values: (array) =>
      Array.from({ length: Number(library.call("CFArrayGetCount", array)) }, (_, index) =>
        library.pointer("CFArrayGetValueAtIndex", array, index),
      ),
    valueOf: (dictionary, key) => library.pointer("CFDictionaryGetValue", dictionary, key),
    release(...refs) {
      // CFRelease(NULL) ends the program.
      for (const ref of refs) if (ref !== 0n) library.call("CFRelease", ref);
    },
  };
}
