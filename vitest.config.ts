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
    // Only against a test that hangs: a busy machine must not fail one that is slow.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Two cores: more workers only make timings of process tests flakier.
    maxWorkers: 2,
  },
});
