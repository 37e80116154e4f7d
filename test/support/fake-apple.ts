/**
 * CoreFoundation and IOReport as C sees them: objects behind pointers that are counted, and that end the program when they
 * are used after their last release. No Mac was at hand: behaviour as public headers and the readers named in io-report.ts show it.
 */
import type { NativeArgument } from "../../src/core/ports.ts";
import type { ChannelEnergy } from "../../src/energy/apple/energy-channels.ts";
import type { FakeLibrary } from "./fake-native.ts";

export interface FakeApple {
  readonly libraries: readonly FakeLibrary[];
  /** Objects that are still held. */
  readonly alive: () => number;
}

type Value =
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "array"; readonly items: readonly bigint[] }
  | { readonly kind: "dictionary"; readonly entries: ReadonlyMap<string, bigint> }
  | { readonly kind: "channel"; readonly name: bigint; readonly unit: bigint; readonly value: number }
  | { readonly kind: "subscription" };

export interface AppleOptions {
  /** What is missing: channels, the subscription, the library itself. */
  readonly lacks?: "channels" | "subscription" | "library";
}

const COREFOUNDATION = "/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation";
const IOREPORT = "/usr/lib/libIOReport.dylib";

/** @param channels cumulative values now. */
export function fakeApple(channels: () => readonly ChannelEnergy[], options: AppleOptions = {}): FakeApple {
  const objects = new Map<
    bigint,
    { readonly value: Value; readonly owned: readonly bigint[]; count: number }
  >();
  let next = 0x6000_0000_1000n;
  const make = (value: Value, owned: readonly bigint[] = []): bigint => {
    next += 16n;
    objects.set(next, { value, owned, count: 1 });
    return next;
  };
  const string = (text: string): bigint => make({ kind: "string", text });
  const at = <K extends Value["kind"]>(
    ref: NativeArgument | undefined,
    kind: K,
  ): Extract<Value, { kind: K }> => {
    const found = objects.get(ref as bigint);
    if (found === undefined) throw new Error(`segmentation fault: ${ref} is no object any more`);
    if (found.value.kind !== kind) throw new Error(`segmentation fault: ${ref} is no ${kind}`);
    return found.value as Extract<Value, { kind: K }>;
  };
  const release = (ref: NativeArgument | undefined): void => {
    const found = objects.get(ref as bigint);
    if (found === undefined) throw new Error(`segmentation fault: ${ref} was released too often`);
    found.count--;
    if (found.count > 0) return;
    objects.delete(ref as bigint);
    for (const each of found.owned) release(each);
  };
  const sampleOf = (values: readonly ChannelEnergy[]): bigint => {
    const made = values.map(({ name, unit, value }) => {
      const [nameRef, unitRef] = [string(name), string(unit)];
      return make({ kind: "channel", name: nameRef, unit: unitRef, value: Math.floor(value) }, [
        nameRef,
        unitRef,
      ]);
    });
    const array = make({ kind: "array", items: made }, made);
    return make({ kind: "dictionary", entries: new Map([["IOReportChannels", array]]) }, [array]);
  };
  const valuesOf = (sample: NativeArgument | undefined): ChannelEnergy[] =>
    at(at(sample, "dictionary").entries.get("IOReportChannels"), "array").items.map((ref) => {
      const { name, unit, value } = at(ref, "channel");
      return { name: at(name, "string").text, unit: at(unit, "string").text, value };
    });
  const coreFoundation: FakeLibrary = {
    name: COREFOUNDATION,
    functions: {
      CFStringCreateWithCString: (_, text) => string(String(text)),
      CFStringGetCString(ref, buffer, size) {
        const bytes = new TextEncoder().encode(`${at(ref, "string").text}\0`);
        if (!(buffer instanceof Uint8Array) || bytes.length > Number(size)) return 0;
        buffer.set(bytes);
        return 1;
      },
      CFArrayGetCount: (ref) => at(ref, "array").items.length,
      CFArrayGetValueAtIndex: (ref, index) => at(ref, "array").items[Number(index)]!,
      CFDictionaryGetValue: (ref, key) => at(ref, "dictionary").entries.get(at(key, "string").text) ?? null,
      CFRelease(ref) {
        release(ref);
        return undefined;
      },
    },
  };
  const ioReport: FakeLibrary = {
    name: IOREPORT,
    functions: {
      IOReportCopyChannelsInGroup(group) {
        if (at(group, "string").text !== "Energy Model" || options.lacks === "channels") return null;
        return sampleOf(channels());
      },
      IOReportCreateSubscription(_, wanted, out) {
        valuesOf(wanted);
        if (options.lacks === "subscription") return null;
        if (out instanceof BigUint64Array) out[0] = sampleOf(channels());
        return make({ kind: "subscription" });
      },
      IOReportCreateSamples(subscription, subscribed) {
        at(subscription, "subscription");
        valuesOf(subscribed);
        return sampleOf(channels());
      },
      IOReportCreateSamplesDelta(before, after) {
        const earlier = valuesOf(before);
        return sampleOf(
          valuesOf(after).map((each, index) => ({
            ...each,
            value: each.value - earlier[index]!.value,
          })),
        );
      },
      IOReportChannelGetChannelName: (ref) => at(ref, "channel").name,
      IOReportChannelGetUnitLabel: (ref) => at(ref, "channel").unit,
      IOReportSimpleGetIntegerValue: (ref) => at(ref, "channel").value,
    },
  };
  return {
    alive: () => objects.size,
    libraries: options.lacks === "library" ? [coreFoundation] : [coreFoundation, ioReport],
  };
}
