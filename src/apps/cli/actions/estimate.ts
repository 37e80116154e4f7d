/** `frugal estimate`: requests to somebody else's model, modelled; the error of the method stands beside the figures. */
import { formatEnergy, formatMass, significant } from "../../../core/format-quantity.ts";
import { type Interval, scale } from "../../../core/interval.ts";
import { gramsCO2e, joules } from "../../../core/quantity.ts";
import {
  estimateRequest,
  type RequestEstimate,
  type RequestToEstimate,
} from "../../../energy/remote/estimate-request.ts";
import { parseParameters } from "../../../energy/remote/parse-parameters.ts";
import { type RemotePlace, remoteIntensity } from "../../../energy/remote/remote-intensity.ts";
import { carbonRecord } from "../../../receipt/build-carbon.ts";
import type { CarbonRecord } from "../../../receipt/receipt.ts";
import { counted, wholeNumber } from "../../../report/number-words.ts";
import { columns } from "../columns.ts";
import type { CliContext, OptionValues } from "../command.ts";

const BOUNDARY =
  "counted: the provider's GPUs and the server around them while they answer; not its idle machines, the network, your own device";

export async function estimate(
  context: CliContext,
  _args: readonly string[],
  options: OptionValues,
): Promise<number> {
  const request = requestOf(options);
  const requests = (options["requests"] as number | undefined) ?? 1;
  const found = estimateRequest(request);
  const carbon = await remoteIntensity(context.world, options as RemotePlace);
  // An estimate has no duration: nothing of it is shared out by time.
  const all = { requests, carbon: carbonRecord(scale(found.serverJ, requests), 0, carbon) };
  if (context.json) {
    await context.printJson(estimateJson(request, found, all));
    return 0;
  }
  await context.print(columns(rowsOf(request, found, all)));
  context.note(BOUNDARY);
  for (const assumption of found.assumptions) context.note(`assumed: ${assumption}`);
  if (all.carbon.facility === undefined)
    context.note("no PUE was given: cooling and power supply of the data centre are not counted");
  for (const note of all.carbon.notes) context.note(`carbon: ${note}`);
  return 0;
}

/** As the command table parses them. */
interface Given extends Omit<RequestToEstimate, "inputTokens" | "activeParameters" | "totalParameters"> {
  readonly inputTokens?: number;
  readonly activeParams?: string;
  readonly totalParams?: string;
}

function requestOf(options: OptionValues): RequestToEstimate {
  const {
    model,
    inputTokens = 0,
    outputTokens,
    activeParams,
    totalParams,
    bits,
    gpu,
    gpus,
    concurrency,
  } = options as unknown as Given;
  const parameters = (text: string | undefined, flag: string): RequestToEstimate["activeParameters"] =>
    text === undefined ? undefined : parseParameters(text, flag);
  return {
    ...{ model, inputTokens, outputTokens, bits, gpu, gpus, concurrency },
    activeParameters: parameters(activeParams, "--active-params"),
    totalParameters: parameters(totalParams, "--total-params"),
  };
}

interface All {
  readonly requests: number;
  readonly carbon: CarbonRecord;
}

function rowsOf(
  request: RequestToEstimate,
  found: RequestEstimate,
  { requests, carbon }: All,
): readonly (readonly string[])[] {
  const isRange = found.basis === "range";
  const row =
    (format: (value: number) => string) =>
    (label: string, { low, value, high }: Interval, note: string): readonly string[] => [
      label,
      isRange ? "" : format(value),
      `(${format(low)} … ${format(high)})`,
      note,
    ];
  const energy = row((value) => formatEnergy(joules(value)));
  const mass = row((value) => formatMass(gramsCO2e(value)));
  const { facility } = carbon;
  const whole = facility?.energy_j ?? scale(found.serverJ, requests);
  const emitted = facility?.emissions_g ?? carbon.emissions_g;
  const one = 1 / requests;
  const place = carbon.zone_from === "default" ? "place unknown: world mean" : `zone ${carbon.zone}`;
  const { meanAbsolute, worst, groups, leftOut } = found.error;
  return [
    ...(request.outputTokens === 0
      ? []
      : [energy("answer", found.outputJ, `GPUs, ${counted(request.outputTokens, "token")}`)]),
    ...(request.inputTokens === 0
      ? []
      : [energy("prompt", found.inputJ, `GPUs, ${counted(request.inputTokens, "token")}`)]),
    energy("server", found.serverJ, "GPUs and the server around them"),
    ...(facility ? [energy("facility", scale(facility.energy_j, one), `PUE ${facility.pue}`)] : []),
    mass("carbon", scale(emitted, one), `${place}, ${carbon.year}`),
    ...(requests === 1
      ? []
      : [
          energy(`${wholeNumber(requests)} requests`, whole, facility ? "facility" : "server"),
          mass("", emitted, "carbon"),
        ]),
    [
      "error",
      percent(meanAbsolute),
      `(worst ${percent(worst)})`,
      `this method on a ${leftOut} that it has not seen, mean of ${groups}`,
    ],
  ];
}

const percent = (part: number): string => `${significant(Math.round(part * 100))} %`;

/** Of a range only the ends: its middle means nothing. */
const ends = ({ low, high }: Interval): object => ({ low, high });

function estimateJson(request: RequestToEstimate, found: RequestEstimate, { requests, carbon }: All): object {
  const range = (interval: Interval): object => (found.basis === "range" ? ends(interval) : interval);
  const { activeBillions, totalBillions, bits, gpu, gpus, concurrency } = found.serving;
  const { leftOut, groups, meanAbsolute, worst, worstGroup, factor95, covered } = found.error;
  return {
    schema: "frugal.estimate/1",
    ...(found.model !== undefined && { model: found.model }),
    basis: found.basis,
    input_tokens: request.inputTokens,
    output_tokens: request.outputTokens,
    requests,
    per_request: {
      gpu_output_j: range(found.outputJ),
      gpu_input_j: range(found.inputJ),
      gpu_j: range(found.gpuJ),
      server_j: range(found.serverJ),
    },
    all_requests: { server_j: range(scale(found.serverJ, requests)), carbon: carbonJson(carbon, range) },
    computed_with: {
      active_params: activeBillions * 1e9,
      total_params: totalBillions * 1e9,
      bits,
      gpu,
      gpus,
      concurrency,
    },
    method: {
      status: "modelled",
      boundary: "remote GPUs and server",
      source: "regression on ML.ENERGY Leaderboard 3.0",
      left_out: leftOut,
      left_out_groups: groups,
      mean_absolute_error: meanAbsolute,
      worst_error: worst,
      worst_group: worstGroup,
      factor_95: factor95,
      covered,
    },
    assumptions: [...found.assumptions, BOUNDARY],
  };
}

function carbonJson(
  { facility, water, ...carbon }: CarbonRecord,
  range: (interval: Interval) => object,
): object {
  return {
    ...carbon,
    emissions_g: range(carbon.emissions_g),
    ...(facility && {
      facility: { ...facility, energy_j: range(facility.energy_j), emissions_g: range(facility.emissions_g) },
    }),
    ...(water && { water: { ...water, water_l: range(water.water_l) } }),
  };
}
