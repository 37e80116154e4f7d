import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // Goldens must not depend on the machine.
    env: {
      TZ: "UTC",
      NO_COLOR: "1",
      HF_HUB_OFFLINE: "1",
      FRUGAL_HOME: join(tmpdir(), `frugal-tests-${process.pid}`),
    },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores: more workers only make timings of process tests flakier.
    maxWorkers: 2,
  },
});
