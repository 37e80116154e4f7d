import type { Native } from "../../core/ports.ts";
import { bindLibrary } from "../bound-library.ts";
import { openCoreFoundation, type Ref } from "./core-foundation.ts";
import type { ChannelEnergy } from "./energy-channels.ts";

/** The energy channels of an Apple chip. */
export interface IoReport {
  /** What each channel counted since the last call. Throws when the system gives no sample; the next one makes up for it. */
  read(): readonly ChannelEnergy[];
  close(): void;
}

/**
 * IOReport has no public header. Its kernel side, with channel types and units, is in Apple's xnu (iokit/IOKit/IOReportTypes.h);
 * the functions and their parameters as asitop's successors use them without root: github.com/vladkens/macmon,
 * github.com/ml-energy/zeus (zeus/device/soc/apple.py), github.com/dehydratedpotato/socpowerbud. The library lies in the
 * shared cache of the system, not on disk.
 */
const NAMES = ["/usr/lib/libIOReport.dylib", "libIOReport.dylib"];
const PROTOTYPES = {
  IOReportCopyChannelsInGroup:
    "void *IOReportCopyChannelsInGroup(void *group, void *subgroup, uint64_t a, uint64_t b, uint64_t c)",
  IOReportCreateSubscription:
    "void *IOReportCreateSubscription(void *a, void *channels, void *subscribed, uint64_t id, void *b)",
  IOReportCreateSamples: "void *IOReportCreateSamples(void *subscription, void *channels, void *a)",
  IOReportCreateSamplesDelta: "void *IOReportCreateSamplesDelta(void *before, void *after, void *a)",
  IOReportChannelGetChannelName: "void *IOReportChannelGetChannelName(void *channel)",
  IOReportChannelGetUnitLabel: "void *IOReportChannelGetUnitLabel(void *channel)",
  IOReportSimpleGetIntegerValue: "int64_t IOReportSimpleGetIntegerValue(void *channel, void *error)",
} as const;
const GROUP = "Energy Model";
const CHANNELS = "IOReportChannels";

/** Subscribes and takes the first sample. Throws an Error with the reason when one of that fails. */
export function openIoReport(native: Native): IoReport {
  const cf = openCoreFoundation(native);
  const library = bindLibrary(native, NAMES, PROTOTYPES);
  const held: Ref[] = [];
  const keep = (ref: Ref, what: string): Ref => {
    if (ref === 0n) throw new Error(what);
    held.push(ref);
    return ref;
  };
  try {
    const key = keep(cf.string(CHANNELS), "no key");
    const group = keep(cf.string(GROUP), "no name");
    const wanted = keep(
      library.pointer("IOReportCopyChannelsInGroup", group, null, 0, 0, 0),
      "the system has no energy channels",
    );
    const out = new BigUint64Array(1);
    const subscription = keep(
      library.pointer("IOReportCreateSubscription", null, wanted, out, 0, null),
      "the system refused to subscribe to its energy channels",
    );
    const channels = out[0]! === 0n ? wanted : keep(out[0]!, "no channels");
    const sample = (): Ref => {
      const taken = library.pointer("IOReportCreateSamples", subscription, channels, null);
      if (taken === 0n) throw new Error("the system gave no sample of its energy channels");
      return taken;
    };
    let last = sample();
    let isOpen = true;
    return {
      read() {
        if (!isOpen) return [];
        const now = sample();
        const delta = library.pointer("IOReportCreateSamplesDelta", last, now, null);
        if (delta === 0n) {
          cf.release(now);
          throw new Error("the system gave no difference of two samples");
        }
        cf.release(last);
        last = now;
        try {
          return cf.values(cf.valueOf(delta, key)).map((channel) => ({
            name: cf.text(library.pointer("IOReportChannelGetChannelName", channel)),
            unit: cf.text(library.pointer("IOReportChannelGetUnitLabel", channel)).trim(),
            value: Number(library.call("IOReportSimpleGetIntegerValue", channel, null)),
          }));
        } finally {
          cf.release(delta);
        }
      },
      close() {
        if (!isOpen) return;
        isOpen = false;
        cf.release(last, ...held.reverse());
      },
    };
  } catch (thrown) {
    cf.release(...held.reverse());
    throw thrown;
  }
}
