import { defineConfig, devices } from "@playwright/test";

/** The running system to test: an edge that serves this client. */
const url = process.env["WARREN_E2E_URL"] ?? "http://127.0.0.1:3000";

export default defineConfig({
  testDir: "e2e",
  fullyParallel: true,
  forbidOnly: process.env["CI"] !== undefined,
  workers: Number(process.env["WARREN_E2E_WORKERS"] ?? 2),
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    baseURL: url,
    // Each person's browser would keep all files of the app; tests of what happens offline allow it.
    serviceWorkers: "block",
    // A trace of everything costs time: ask for one by `--trace retain-on-failure`.
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
