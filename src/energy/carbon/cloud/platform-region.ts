import type { Environment } from "../../../core/ports.ts";

interface Platform {
  readonly provider: string;
  /** Set by the platform and by nobody else: it shows that the platform runs us. */
  readonly mark: string;
  readonly region: (env: Environment) => string | undefined;
}

const PLATFORMS: readonly Platform[] = [
  // docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
  { provider: "aws", mark: "AWS_LAMBDA_FUNCTION_NAME", region: (env) => env["AWS_REGION"] },
  // docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-environment-variables.html
  { provider: "aws", mark: "ECS_CONTAINER_METADATA_URI_V4", region: (env) => env["AWS_REGION"] },
  // First-generation functions (cloud.google.com/functions/1stgendocs/configuring/env-var); Cloud Run sets no region.
  { provider: "gcp", mark: "FUNCTION_NAME", region: (env) => env["FUNCTION_REGION"] },
  // App Service and Functions: learn.microsoft.com/azure/app-service/reference-app-settings
  { provider: "azure", mark: "WEBSITE_SITE_NAME", region: (env) => env["REGION_NAME"] },
  // learn.microsoft.com/azure/container-apps/environment-variables: UNIQUE.REGION.azurecontainerapps.io
  {
    provider: "azure",
    mark: "CONTAINER_APP_NAME",
    region: (env) =>
      /^[^.]+\.([a-z0-9]+)\.azurecontainerapps\.io$/.exec(env["CONTAINER_APP_ENV_DNS_SUFFIX"] ?? "")?.[1],
  },
];

/**
 * The cloud region as the platform tells it to what it runs, `aws:eu-west-3`; undefined elsewhere. A region variable
 * alone means nothing: people set AWS_REGION on their laptops to say where requests go. It counts only beside the
 * platform's mark.
 */
export function platformRegion(env: Environment): string | undefined {
  for (const { provider, mark, region } of PLATFORMS) {
    const named = env[mark] ? region(env) : undefined;
    if (named) return `${provider}:${named}`;
  }
  return undefined;
}
