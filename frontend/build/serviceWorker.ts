import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Plugin } from "vite";

/** The service worker's own name never changes, or browsers would not find its next version. */
export const SERVICE_WORKER = "sw.js";

/** Tells the service worker which files the app consists of. */
export function serviceWorkerFiles(): Plugin {
  let publicDir = "";
  return {
    name: "warren:service-worker-files",
    apply: "build",
    configResolved: (config) => {
      publicDir = config.publicDir;
    },
    generateBundle: {
      order: "post",
      handler: (_options, bundle) => {
        const hash = createHash("sha256");
        const paths: string[] = [];
        const add = (path: string, content: string | Uint8Array) => {
          paths.push(`/${path}`);
          hash.update(path).update(content);
        };
        for (const [path, file] of Object.entries(bundle)) {
          if (path !== SERVICE_WORKER) add(path, file.type === "chunk" ? file.code : file.source);
        }
        for (const entry of readdirSync(publicDir, { recursive: true, withFileTypes: true })) {
          if (!entry.isFile()) continue;
          const file = join(entry.parentPath, entry.name);
          add(relative(publicDir, file), readFileSync(file));
        }
        const worker = bundle[SERVICE_WORKER];
        if (worker?.type !== "chunk") throw new Error("The build has no service worker.");
        const files = JSON.stringify({ version: hash.digest("hex").slice(0, 16), paths });
        // A function, since a text would have its "$" interpreted.
        worker.code = worker.code.replaceAll("__FILES__", () => files);
      },
    },
  };
}
