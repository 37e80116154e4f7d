import { isOffline } from "../../../core/environment.ts";
import { type FetchWorld, fetchText } from "../live/fetch-text.ts";

const TIMEOUT_MS = 1_000;
/** Link-local address of the metadata services of AWS and Azure (RFC 3927 range). */
const LINK_LOCAL = "http://169.254.169.254";
const GOOGLE = "http://metadata.google.internal/computeMetadata/v1/instance";

/**
 * Asks the machine's metadata address which cloud region this is: only when the user opted in. All three providers
 * are asked at once, for at most a second each; undefined when none answers or when nothing may be asked.
 */
export async function metadataRegion(world: FetchWorld): Promise<string | undefined> {
  if (isOffline(world.env)) return undefined;
  const answers = await Promise.allSettled([aws(world), gcp(world), azure(world)]);
  return answers.flatMap((answer) =>
    answer.status === "fulfilled" && answer.value ? [answer.value] : [],
  )[0];
}

const get = (world: FetchWorld, url: string, headers: Record<string, string>, method = "GET") =>
  fetchText(world, { url, headers, method, timeoutMs: TIMEOUT_MS, name: "the cloud's metadata" });

/** IMDSv2: docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html */
async function aws(world: FetchWorld): Promise<string | undefined> {
  const ttl = { "X-aws-ec2-metadata-token-ttl-seconds": "60" };
  const token = await get(world, `${LINK_LOCAL}/latest/api/token`, ttl, "PUT");
  const region = await get(world, `${LINK_LOCAL}/latest/meta-data/placement/region`, {
    "X-aws-ec2-metadata-token": token,
  });
  return named("aws", region);
}

/** cloud.google.com/compute/docs/metadata/predefined-metadata-keys; Cloud Run names its region instead of a zone. */
async function gcp(world: FetchWorld): Promise<string | undefined> {
  const onCloudRun = world.env["K_SERVICE"] || world.env["CLOUD_RUN_JOB"];
  const url = `${GOOGLE}/${onCloudRun ? "region" : "zone"}`;
  const answer = await get(world, url, { "Metadata-Flavor": "Google" });
  // projects/123/zones/europe-west1-b, projects/123/regions/europe-west1
  const found = /\/(?:zones\/([a-z0-9-]+)-[a-z0-9]+|regions\/([a-z0-9-]+))$/.exec(answer.trim());
  return named("gcp", found?.[1] ?? found?.[2] ?? "");
}

/** learn.microsoft.com/azure/virtual-machines/instance-metadata-service */
async function azure(world: FetchWorld): Promise<string | undefined> {
  const url = `${LINK_LOCAL}/metadata/instance/compute/location?api-version=2021-02-01&format=text`;
  return named("azure", await get(world, url, { Metadata: "true" }));
}

/** Only what looks like a region's name: other programs may listen on a link-local address. */
const named = (provider: string, region: string): string | undefined =>
  /^[a-z0-9-]{4,40}$/.test(region.trim()) ? `${provider}:${region.trim()}` : undefined;
