/** Energy of single requests: what is common to the HTTP frameworks. */
import { energyTotal } from "../core/energy-total.ts";
import type { Interval } from "../core/interval.ts";
import type { SpanEnergy } from "../core/meter.ts";
import { MICROJOULES_PER_JOULE } from "../core/quantity.ts";
import type { OpenMeter, StartedSpan } from "./open-meter.ts";

/** What a request cost. */
export interface RequestBill {
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly status: number;
  /** Left out when nothing could be read. Nominal 95 %. */
  readonly joules?: Interval;
  /** Readings by component; `shared` when other requests ran at the same time. */
  readonly energy: SpanEnergy;
}

export interface BillingOptions {
  /** Called once for each request, up to a second after its end, when the samples that cover it are there. */
  readonly onBill?: (bill: RequestBill) => void;
  /**
   * Answers with the energy up to the header as well: `true`, or the header's name. Costs a fresh sample per request,
   * some 0.1 ms. Off unless told.
   */
  readonly header?: boolean | string;
  /** The same in a trailer, with the whole answer counted, where the protocol has trailers. Off unless told. */
  readonly trailer?: boolean | string;
  /** Span name of a request, `request` unless told. Give few: a route, not a path with ids in it. */
  readonly name?: (request: { readonly method: string; readonly url: string }) => string;
}

const HEADER = "x-energy-microjoules";

export interface Billing {
  readonly header: string | undefined;
  readonly trailer: string | undefined;
  start(request: { readonly method: string; readonly url: string }): BilledRequest;
}

export interface BilledRequest extends Pick<StartedSpan, "run"> {
  /** The header's value now: `412;low=205;high=824`, whole microjoules (integer with parameters, RFC 8941, section 3.3). */
  headerValue(): string | undefined;
  /** Ends the span; later calls do nothing. */
  end(status: number): void;
}

export function billing(meter: Pick<OpenMeter, "start">, options: BillingOptions): Billing {
  return {
    header: nameOf(options.header),
    trailer: nameOf(options.trailer),
    start({ method, url }) {
      const name = options.name?.({ method, url }) ?? "request";
      const span = meter.start(name);
      let isOpen = true;
      return {
        run: span.run,
        headerValue: () => headerValue(span.soFar()),
        end(status) {
          if (!isOpen) return;
          isOpen = false;
          void span.end().then((energy) => {
            const { joules } = energyTotal(energy.readings);
            options.onBill?.({ name, method, url, status, ...(joules && { joules }), energy });
          });
        },
      };
    },
  };
}

const nameOf = (given: boolean | string | undefined): string | undefined =>
  given === true ? HEADER : given === false ? undefined : given;

function headerValue(energy: SpanEnergy): string | undefined {
  const { joules } = energyTotal(energy.readings);
  if (joules === undefined) return undefined;
  const [value, low, high] = [joules.value, joules.low, joules.high].map((each) =>
    Math.round(each * MICROJOULES_PER_JOULE),
  );
  return `${value};low=${low};high=${high}`;
}
