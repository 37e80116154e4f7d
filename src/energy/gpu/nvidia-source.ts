import { messageOf } from "../../core/error.ts";
import type { Found, Sensor, SensorWorld, Unavailable } from "../sensor.ts";
import { nvidiaBoard } from "./nvidia-board.ts";
import { type Nvml, nvmlNames, openNvml } from "./nvml.ts";
import { DRIVER_NOT_LOADED, NvmlError } from "./nvml-errors.ts";
import { visibleBoards } from "./visible-boards.ts";

const INSTALL =
  "install the NVIDIA driver with its library (libnvidia-ml.so.1, part of nvidia-utils or libnvidia-compute); in a container, start it with --gpus all";
const NOTHING: Found = { sensors: [], unavailable: [] };

/** NVIDIA's boards through NVML. `isPresent`: something beside its library tells that there is one. */
export function openNvidia(world: SensorWorld, isPresent: boolean): Found {
  const library = world.native.open(nvmlNames(world.machine.os));
  if ("reason" in library) {
    return isPresent ? missing(library.reason, library.remedy ?? INSTALL) : NOTHING;
  }
  let nvml: Nvml;
  try {
    nvml = openNvml(library);
  } catch (thrown) {
    const isAbsent = thrown instanceof NvmlError && thrown.code === DRIVER_NOT_LOADED && !isPresent;
    return isAbsent ? NOTHING : { sensors: [], unavailable: [because("NVIDIA GPU", thrown)] };
  }
  const found = openBoards(world, nvml);
  if (found.sensors.length === 0) quietly(() => nvml.shutdown());
  if (found.sensors.length + found.unavailable.length > 0 || !isPresent) return found;
  return missing("NVML lists no GPU", INSTALL);
}

interface Board {
  readonly index: number;
  readonly device: bigint;
  readonly uuid: string;
  readonly name: string;
}

function openBoards(world: SensorWorld, nvml: Nvml): Found {
  const unavailable: Unavailable[] = [];
  const boards: Board[] = [];
  for (let index = 0; index < nvml.count; index++) {
    try {
      const device = nvml.handleAt(index);
      boards.push({ index, device, uuid: nvml.uuid(device), name: nvml.name(device) });
    } catch (thrown) {
      unavailable.push(because(`NVIDIA GPU ${index}`, thrown));
    }
  }
  const list = world.env["CUDA_VISIBLE_DEVICES"];
  const order = world.env["CUDA_DEVICE_ORDER"];
  const visible = visibleBoards(boards, { list, order }, (instance) => parentOf(nvml, instance));
  if (visible.indices.length === 0 && boards.length > 0) {
    const reason = `CUDA_VISIBLE_DEVICES=${list} shows none of ${boards.length}`;
    const remedy = "unset it, or name a GPU by its index or UUID (nvidia-smi -L)";
    unavailable.push(...missing(reason, remedy).unavailable);
  }
  const hidden = boards.length - visible.indices.length;
  const doubts = [
    ...(visible.doubt === undefined ? [] : [visible.doubt]),
    ...(hidden > 0 ? [`CUDA_VISIBLE_DEVICES hides ${hidden} other NVIDIA GPU, not counted here`] : []),
  ];
  const sensors: Sensor[] = [];
  let open = 0;
  const close = (): void => {
    open--;
    if (open === 0) quietly(() => nvml.shutdown());
  };
  for (const at of visible.indices) {
    const board = boards[at]!;
    const instances = visible.instances.get(at) ?? [];
    try {
      sensors.push(nvidiaBoard(nvml, { ...board, instances, doubts, close }, world.clock));
      open++;
    } catch (thrown) {
      unavailable.push(because(`NVIDIA GPU ${board.index} (${board.name})`, thrown));
    }
  }
  return { sensors, unavailable };
}

function parentOf(nvml: Nvml, instance: string): string | undefined {
  try {
    return nvml.parentOf(instance);
  } catch {
    return undefined;
  }
}

/** NVML is being left: there is nothing to do about an error any more. */
function quietly(last: () => void): void {
  try {
    last();
  } catch {}
}

function because(source: string, thrown: unknown): Unavailable {
  const remedy = thrown instanceof NvmlError ? thrown.remedy : INSTALL;
  return { kind: "unavailable", component: "gpu", source, reason: messageOf(thrown), remedy };
}

const missing = (reason: string, remedy: string): Found => ({
  sensors: [],
  unavailable: [{ kind: "unavailable", component: "gpu", source: "NVIDIA GPU", reason, remedy }],
});
