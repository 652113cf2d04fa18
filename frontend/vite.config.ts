import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { apiDocs } from "./build/apiDocs.ts";
import { sizeBudget, type Budget } from "./build/sizeBudget.ts";
import { SERVICE_WORKER, serviceWorkerFiles } from "./build/serviceWorker.ts";

/** The edge that the development server passes API calls and sockets on to. */
const backend = process.env["WARREN_URL"] ?? "http://127.0.0.1:3000";
/** What a host should send with every file of the build; the previewed build lives under it, too. */
const contentSecurityPolicy =
  "default-src 'self'; img-src 'self' data: blob: https:; object-src 'none'; base-uri 'none'; form-action 'self'; " +
  "frame-ancestors 'none'";
const apiPaths = ["/auth", "/user", "/users", "/chat", "/conversations", "/notifications", "/health", "/openapi.json"];

/** What may be loaded at first. */
const budgets: Budget[] = [
  { name: "Sign-in", modules: ["index.html", "src/auth/SignInPage.tsx"], without: "socket.io-client", limit: 200_000 },
  {
    name: "Chat",
    modules: [
      "index.html",
      "src/app/chat.ts",
      "src/app/Shell.tsx",
      "src/messages/ConversationPage.tsx",
      "src/locales/vi.ts",
    ],
    limit: 350_000,
  },
];

const proxy = {
  ...Object.fromEntries(apiPaths.map((path) => [path, { target: backend }])),
  "/socket.io": { target: backend, ws: true },
};

export default defineConfig({
  plugins: [react(), tailwindcss(), serviceWorkerFiles(), sizeBudget(budgets), apiDocs()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy },
  preview: { proxy, headers: { "content-security-policy": contentSecurityPolicy } },
  build: {
    // A strict CSP (default-src 'self') forbids inline code and data: URLs.
    assetsInlineLimit: 0,
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    rolldownOptions: {
      input: { index: "index.html", sw: "src/offline/sw.ts" },
      output: { entryFileNames: ({ name }) => (name === "sw" ? SERVICE_WORKER : "assets/[name]-[hash].js") },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test/setup.ts"],
    restoreMocks: true,
  },
});
