import { type EnginePackage, requireEngine } from "./require-engine.ts";

/**
 * Loads an engine and asks for its version. Runs in a child: loading brings native code into the process. Throws
 * "engine-missing" or "engine-crashed", with the line that installs it.
 */
export async function checkEngine(name: EnginePackage): Promise<string> {
  if (name === "onnxruntime-node") {
    const { env } = await requireEngine(name, () => import("onnxruntime-node"));
    return env.versions.node ?? env.versions.common;
  }
  return (await requireEngine(name, () => import("@huggingface/transformers"))).env.version;
}
