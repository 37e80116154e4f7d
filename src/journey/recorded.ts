/** Work under a meter that leaves a receipt, also when it fails or is interrupted. */
import { frugalHome } from "../core/environment.ts";
import { FrugalError, isAbort } from "../core/error.ts";
import type { Meter } from "../core/meter.ts";
import type { World } from "../core/ports.ts";
import type { CarbonConfig } from "../energy/carbon/carbon-config.ts";
import type { CarbonFlags } from "../energy/carbon/carbon-settings.ts";
import { type OpenCarbon, openCarbon } from "../energy/carbon/open-carbon.ts";
import { type MeterOptions, type OpenMeter, openMeter } from "../energy/open-meter.ts";
import type { SpanSummary } from "../energy/span-summaries.ts";
import { writePending } from "../ledger/pending.ts";
import { buildReceipt, hardwareOf, type ReceiptFacts, softwareOf } from "../receipt/build-receipt.ts";
import type { Receipt, ReceiptBody } from "../receipt/receipt.ts";
import { sealReceipt } from "../receipt/seal.ts";

/** With the user's own words on carbon: zone, cloud region, PUE …; else environment, config, world mean. */
export interface RecordFacts extends Pick<ReceiptFacts, "kind" | "subject">, CarbonFlags {
  /** Settings of another program, used where config.json has none. */
  readonly beneath?: CarbonConfig;
  /** What carbon is counted with, settled before for several runs: the words on carbon beside it are not read then. */
  readonly carbon?: OpenCarbon;
  /** Told before the work of what will be missing from its receipt, and of what to do about that. */
  readonly warn?: (what: string, remedy: string) => void;
}

/** What only the work can tell. */
export interface WorkFacts
  extends Partial<
    Pick<ReceiptFacts, "subject" | "work" | "quality" | "seeds" | "settings" | "parents" | "outcome">
  > {
  /** Versions of what did the work. */
  readonly engines?: Readonly<Record<string, string>>;
}

export type Stored = { readonly state: "stored" } | { readonly state: "failed"; readonly error: FrugalError };

export interface Recorded<T> {
  readonly value: T;
  readonly receipt: Receipt;
  /** Energy by named span, parents before children. */
  readonly spans: readonly SpanSummary[];
  /** A receipt that could not be stored takes nothing from the work's value: the caller says so. */
  readonly stored: Stored;
}

/** A meter, and what the receipt of its readings is made of. Whoever opened it closes the meter. */
export interface OpenRecord {
  readonly meter: OpenMeter;
  readonly carbon: OpenCarbon;
  body(measured: Pick<ReceiptFacts, "energy" | "outcome"> & BodyFacts): ReceiptBody;
  store(receipt: Receipt): Promise<Stored>;
}

interface BodyFacts extends Pick<ReceiptFacts, "carbon"> {
  readonly told?: WorkFacts;
}

/** Throws for what the user wrote wrong: a zone that does not exist must not cost an hour of computing. */
export async function openRecord(
  world: World,
  facts: RecordFacts,
  options: MeterOptions = {},
): Promise<OpenRecord> {
  const { kind, subject } = facts;
  const carbon = facts.carbon ?? (await openCarbon(world, facts, facts.beneath));
  if (carbon.unread !== undefined)
    facts.warn?.(`the settings are not counted: ${carbon.unread.message}`, carbon.unread.remedy);
  const meter = await openMeter(world, options);
  const hardware = hardwareOf(world.machine);
  return {
    meter,
    carbon,
    body({ told: { engines, ...told } = {}, ...measured }) {
      const software = softwareOf(world.machine, engines);
      return buildReceipt({ kind, subject, ...told, hardware, software, ...measured });
    },
    store: (receipt) => store(world, receipt),
  };
}

export async function recorded<T>(
  world: World,
  facts: RecordFacts,
  work: (
    meter: Meter,
    energySoFarJ: () => number,
  ) => Promise<{ readonly value: T; readonly facts?: WorkFacts }>,
): Promise<Recorded<T>> {
  const record = await openRecord(world, facts);
  const finish = async (told: WorkFacts, outcome: ReceiptFacts["outcome"]) => {
    const { whole, spans } = await record.meter.close();
    const ended = told.outcome ?? outcome;
    // Who interrupts a run does not want to wait for a network.
    const live = ended.status !== "interrupted";
    const carbon = await record.carbon.over(whole, { live });
    const receipt = sealReceipt(record.body({ energy: whole, carbon, told, outcome: ended }));
    return { receipt, spans, stored: await record.store(receipt) };
  };
  let done: Awaited<ReturnType<typeof work>>;
  try {
    done = await work(record.meter.meter, record.meter.energySoFarJ);
  } catch (thrown) {
    const code = thrown instanceof FrugalError ? { error_code: thrown.code } : {};
    // What went wrong first is what the user must read; a store that fails as well adds nothing to it.
    await finish({}, { status: isAbort(thrown) ? "interrupted" : "failed", ...code });
    throw thrown;
  }
  return { value: done.value, ...(await finish(done.facts ?? {}, { status: "ok" })) };
}

async function store(world: World, receipt: Receipt): Promise<Stored> {
  try {
    await writePending(world.files, frugalHome(world.env, world.machine), receipt);
    return { state: "stored" };
  } catch (thrown) {
    if (thrown instanceof FrugalError) return { state: "failed", error: thrown };
    throw thrown;
  }
}
