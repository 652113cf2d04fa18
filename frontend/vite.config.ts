import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The edge that the development server passes API calls and sockets on to. */
const backend = process.env["WARREN_URL"] ?? "http://127.0.0.1:3000";
const apiPaths = ["/auth", "/user", "/users", "/chat", "/conversations", "/notifications", "/health", "/openapi.json"];

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: {
    proxy: {
      ...Object.fromEntries(apiPaths.map((path) => [path, { target: backend }])),
      "/socket.io": { target: backend, ws: true },
    },
  },
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
