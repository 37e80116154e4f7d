import { expect, test } from "vitest";
import { platformRegion } from "./platform-region.ts";

test.each([
  [{ AWS_LAMBDA_FUNCTION_NAME: "f", AWS_REGION: "eu-west-3" }, "aws:eu-west-3"],
  [{ ECS_CONTAINER_METADATA_URI_V4: "http://169.254.170.2/v4/x", AWS_REGION: "us-east-2" }, "aws:us-east-2"],
  [{ FUNCTION_NAME: "f", FUNCTION_REGION: "europe-west9" }, "gcp:europe-west9"],
  [{ WEBSITE_SITE_NAME: "s", REGION_NAME: "West Europe" }, "azure:West Europe"],
  [
    {
      CONTAINER_APP_NAME: "a",
      CONTAINER_APP_ENV_DNS_SUFFIX: "redriver-1a2b.northeurope.azurecontainerapps.io",
    },
    "azure:northeurope",
  ],
])("the platform's own variables %j tell %s", (env, region) => {
  expect(platformRegion(env)).toBe(region);
});

test.each([
  [{ AWS_REGION: "us-east-1", AWS_DEFAULT_REGION: "us-east-1", AWS_PROFILE: "work" }],
  [{ GOOGLE_CLOUD_REGION: "us-central1", GOOGLE_CLOUD_PROJECT: "p" }],
  [{ REGION_NAME: "East US" }],
  [{ CONTAINER_APP_NAME: "a", CONTAINER_APP_ENV_DNS_SUFFIX: "apps.example.com" }],
  [{ AWS_LAMBDA_FUNCTION_NAME: "f", AWS_REGION: "" }],
  [{}],
])("a laptop's settings %j say nothing about where it is", (env) => {
  expect(platformRegion(env)).toBeUndefined();
});
