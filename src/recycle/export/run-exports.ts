/** An adapter in other formats, one after the other (the exporting process's side). */
import type { Files } from "../../core/ports.ts";
import { exportAdapter } from "../../learn/lora/export-adapter.ts";
import { readPeftFolder } from "../../learn/lora/peft-folder.ts";
import { prepareDecoder } from "./export-decoder.ts";
import { prepareEncoder } from "./export-encoder.ts";
import type { Exported, ExportRequest } from "./export-messages.ts";

/** @throws what opening the model throws, and `exportAdapter`: nothing is left of an export that is refused. */
export async function runExports(
  files: Files,
  { model: { adapter: folder, base, task }, orders, scratch }: ExportRequest,
  tell: (made: Exported) => void,
): Promise<void> {
  const { adapter } = await readPeftFolder(files, folder);
  const { job, targetOf } =
    task.task === "causal-lm"
      ? await prepareDecoder(files, { base, adapter })
      : await prepareEncoder(files, { base, adapter, task });
  for (const order of orders) {
    const target = targetOf(order);
    try {
      const check = await exportAdapter(files, { ...job, scratch: `${scratch}/${order.format}` }, target);
      tell({ ...order, ...check });
    } catch (thrown) {
      await files.remove(order.out);
      throw thrown;
    }
  }
}
