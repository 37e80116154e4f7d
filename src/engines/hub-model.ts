/** A model named by its hub id: which commit, which files, from the network or, offline, from what was fetched before. */
import { join } from "node:path";
import { frugalHome, isOffline } from "../core/environment.ts";
import { FrugalError, isAbort, reasonOf, systemCode } from "../core/error.ts";
import type { World } from "../core/ports.ts";
import { chooseDtype, type Dtype, type DtypeChoice } from "./choose-dtype.ts";
import { clearFiles } from "./clear-files.ts";

export interface HubModel {
  readonly id: string;
  readonly commit: string;
  readonly endpoint: string;
  /** Of this commit: the files lie in its subfolder owner/name. */
  readonly cacheFolder: string;
  readonly choice: DtypeChoice;
  /** Set where the files are already here, and nothing is to be fetched. */
  readonly cachedFolder?: string;
}

/** owner/name, as the hub allows it (huggingface_hub, validate_repo_id). */
const HUB_ID = /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/;
const COMMIT = /^[0-9a-f]{40}$/;
const PUBLIC_HUB = ["https:", "", "huggingface.co"].join("/");

export async function resolveHubModel(
  world: World,
  id: string,
  dtype?: Dtype,
  signal?: AbortSignal,
): Promise<HubModel> {
  if (!HUB_ID.test(id) || id.includes("..")) {
    throw new FrugalError({
      code: "file-missing",
      what: `there is no model ${id}`,
      why: "no such folder exists, and it is not a hub id",
      remedy: "give the folder that holds the model's config.json, or a hub id as owner/name",
    });
  }
  const cacheFolder = join(frugalHome(world.env, world.machine), "models");
  const endpoint = (world.env["HF_ENDPOINT"] || PUBLIC_HUB).replace(/\/+$/, "");
  if (isOffline(world.env)) return await fromCache(world, id, endpoint, cacheFolder, dtype);
  const { sha, paths } = await askHub(world, endpoint, id, signal);
  // The library glues host and path together without a slash of its own.
  return {
    id,
    commit: sha,
    endpoint: `${endpoint}/`,
    cacheFolder: join(cacheFolder, sha),
    choice: chooseDtype(id, paths, dtype),
  };
}

async function fromCache(
  world: World,
  id: string,
  endpoint: string,
  cacheFolder: string,
  dtype: Dtype | undefined,
): Promise<HubModel> {
  const commits: { commit: string; modifiedMs: number }[] = [];
  for (const commit of (await listOrNothing(world, cacheFolder)).filter((name) => COMMIT.test(name))) {
    const found = await clearFiles(world.files).stat(join(cacheFolder, commit, id));
    if (found !== undefined) commits.push({ commit, modifiedMs: found.modifiedMs });
  }
  const latest = commits.sort((a, b) => b.modifiedMs - a.modifiedMs)[0];
  if (latest === undefined) {
    throw new FrugalError({
      code: "network-unavailable",
      what: `cannot fetch ${id}`,
      why: "HF_HUB_OFFLINE is set and the model was not fetched before",
      remedy: "unset HF_HUB_OFFLINE, or give the folder of a model that is on this machine",
    });
  }
  const cachedFolder = join(cacheFolder, latest.commit, id);
  const paths = (await listOrNothing(world, join(cachedFolder, "onnx"))).map((name) => `onnx/${name}`);
  return {
    id,
    commit: latest.commit,
    endpoint,
    cacheFolder,
    choice: chooseDtype(id, paths, dtype),
    cachedFolder,
  };
}

async function listOrNothing(world: World, folder: string): Promise<readonly string[]> {
  try {
    return await clearFiles(world.files).list(folder);
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT") return [];
    throw thrown;
  }
}

async function askHub(
  world: World,
  endpoint: string,
  id: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly sha: string; readonly paths: readonly string[] }> {
  const url = `${endpoint}/api/models/${id}/revision/main`;
  const unavailable = (why: string, cause?: unknown): FrugalError =>
    new FrugalError({
      code: "network-unavailable",
      what: `cannot fetch ${id}`,
      why,
      remedy: "check the network and HF_ENDPOINT, or give the folder of a model that is on this machine",
      cause,
    });
  let answer: Response;
  let body: unknown;
  try {
    answer = await world.fetch(url, signal === undefined ? {} : { signal });
    body = answer.ok ? await answer.json() : undefined;
  } catch (thrown) {
    if (isAbort(thrown)) throw thrown;
    throw unavailable(reasonOf(thrown), thrown);
  }
  if (answer.status === 401 || answer.status === 404) {
    throw new FrugalError({
      code: "not-found",
      what: `the hub has no model ${id}`,
      why: `${endpoint} answered ${answer.status}`,
      remedy: "check the spelling; private models cannot be fetched",
    });
  }
  const { sha, siblings } = (body ?? {}) as { sha?: unknown; siblings?: { rfilename?: unknown }[] };
  if (typeof sha !== "string" || !COMMIT.test(sha) || !Array.isArray(siblings)) {
    throw unavailable(`${endpoint} answered ${answer.status} without a list of files`);
  }
  return { sha, paths: siblings.map(({ rfilename }) => String(rfilename)) };
}
