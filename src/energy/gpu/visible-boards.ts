/** The boards that CUDA shows to the programs of this environment (CUDA Programming Guide, "CUDA Environment Variables"). */
export interface BoardName {
  readonly uuid: string;
  /** Model. */
  readonly name: string;
}

export interface VisibleBoards {
  /** Indices into the boards, ascending. */
  readonly indices: readonly number[];
  /** MIG instances by the index of the board that they are a part of. */
  readonly instances: ReadonlyMap<number, readonly string[]>;
  /** Set when what is shown cannot be told for sure: then all boards are. */
  readonly doubt?: string;
}

/**
 * @param list CUDA_VISIBLE_DEVICES; undefined shows all, the empty text none
 * @param order CUDA_DEVICE_ORDER; boards are counted as NVML does, which is PCI_BUS_ID
 * @param parentOf UUID of the board of a MIG instance; undefined when there is no such instance
 */
export function visibleBoards(
  boards: readonly BoardName[],
  environment: { readonly list: string | undefined; readonly order: string | undefined },
  parentOf: (migUuid: string) => string | undefined,
): VisibleBoards {
  const all = boards.map((_, index) => index);
  const instances = new Map<number, string[]>();
  if (environment.list === undefined) return { indices: all, instances };
  const entries = environment.list.split(",").map((entry) => entry.trim());
  const models = new Set(boards.map((board) => board.name));
  if (entries.some(isIndex) && models.size > 1 && environment.order !== "PCI_BUS_ID") {
    const doubt =
      "CUDA_VISIBLE_DEVICES counts boards of different models fastest first, in an order that only CUDA knows, so all are read; set CUDA_DEVICE_ORDER=PCI_BUS_ID or name UUIDs";
    return { indices: all, instances, doubt };
  }
  const shown = new Set<number>();
  for (const entry of entries) {
    const index = entry.startsWith("MIG-")
      ? boardOfInstance(boards, entry, parentOf)
      : boardOf(boards, entry);
    // An entry that fits nothing hides itself and all after it.
    if (index === undefined) break;
    shown.add(index);
    if (entry.startsWith("MIG-")) instances.set(index, [...(instances.get(index) ?? []), entry]);
  }
  return { indices: [...shown].sort((a, b) => a - b), instances };
}

const isIndex = (entry: string): boolean => /^\d+$/.test(entry);

/** By index, or by the beginning of a UUID if only one board has it. */
function boardOf(boards: readonly BoardName[], entry: string): number | undefined {
  if (isIndex(entry)) return Number(entry) < boards.length ? Number(entry) : undefined;
  if (!entry.startsWith("GPU-")) return undefined;
  const fitting = boards.flatMap((board, index) => (board.uuid.startsWith(entry) ? [index] : []));
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** `MIG-<uuid>` since driver 470, before that `MIG-GPU-<uuid of the board>/<instance>/<compute instance>`. */
function boardOfInstance(
  boards: readonly BoardName[],
  entry: string,
  parentOf: (migUuid: string) => string | undefined,
): number | undefined {
  const old = /^MIG-(GPU-[^/]+)\/\d+\/\d+$/.exec(entry)?.[1];
  return boardOf(boards, old ?? parentOf(entry) ?? "");
}
