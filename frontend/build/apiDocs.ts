import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

const require = createRequire(import.meta.url);
const manifest = require.resolve("swagger-ui-dist/package.json");
const { version } = require(manifest) as { version: string };
/** Its version makes it another path, so that it may be cached for ever. */
const SWAGGER_UI = `/assets/swagger-ui-${version}`;

/** Puts Swagger UI beside the app, at /api/docs: it is copied when all is written, and no part of the app's bundle or cache. */
export function apiDocs(): Plugin {
  return {
    name: "warren:api-docs",
    apply: "build",
    writeBundle: ({ dir = "dist" }) => {
      for (const name of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
        cpSync(join(dirname(manifest), name), join(dir, SWAGGER_UI, name));
      }
      const from = join(import.meta.dirname, "../api-docs");
      const to = join(dir, "api/docs");
      mkdirSync(to, { recursive: true });
      cpSync(join(from, "docs.js"), join(to, "docs.js"));
      const page = readFileSync(join(from, "index.html"), "utf8");
      writeFileSync(join(to, "index.html"), page.replaceAll("SWAGGER_UI", SWAGGER_UI));
    },
  };
}
