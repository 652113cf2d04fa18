import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The edge that the development server passes API calls and sockets on to. */
const backend = process.env["WARREN_URL"] ?? "http://127.0.0.1:3000";
/** What a host should send with every file of the build; the previewed build lives under it, too. */
const contentSecurityPolicy =
  "default-src 'self'; img-src 'self' data: blob: https:; object-src 'none'; base-uri 'none'; form-action 'self'; " +
  "frame-ancestors 'none'";
const apiPaths = ["/auth", "/user", "/users", "/chat", "/conversations", "/notifications", "/health", "/openapi.json"];

const proxy = {
  ...Object.fromEntries(apiPaths.map((path) => [path, { target: backend }])),
  "/socket.io": { target: backend, ws: true },
};

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy },
  preview: { proxy, headers: { "content-security-policy": contentSecurityPolicy } },
  build: {
    // A strict CSP (default-src 'self') forbids inline code and data: URLs.
    assetsInlineLimit: 0,
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test/setup.ts"],
    restoreMocks: true,
  },
});
