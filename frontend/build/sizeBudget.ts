import { gzipSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

/** What someone loads before the page stands: the entry, and the modules its routes load. */
export interface Budget {
  name: string;
  /** Module paths from the project's folder, as they are imported. */
  modules: string[];
  /** A part of the path of modules that must not be among what is loaded. */
  without?: string;
  /** Compressed script, in bytes. */
  limit: number;
}

/** Fails the build when a page needs more script than it may, and says how much each one needs. */
export function sizeBudget(budgets: readonly Budget[]): Plugin {
  return {
    name: "warren:size-budget",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
        for (const { name, modules, without, limit } of budgets) {
          const needed = new Set<Rolldown.OutputChunk>();
          for (const module of modules) {
            const chunk = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(`/${module}`));
            if (chunk === undefined) this.error(`No chunk begins with ${module}.`);
            addWithImports(chunk, bundle, needed);
          }
          const unwanted = [...needed]
            .flatMap(({ moduleIds }) => moduleIds)
            .find((id) => without && id.includes(without));
          if (unwanted !== undefined) this.error(`${name} must not load ${unwanted}.`);
          const size = [...needed].reduce((sum, { code }) => sum + gzipSync(code).length, 0);
          const text = `${name}: ${kilobytes(size)} of compressed script, of ${kilobytes(limit)}`;
          if (size > limit) this.error(`Too much to load. ${text}`);
          this.info(text);
        }
      },
    },
  };
}

function addWithImports(
  chunk: Rolldown.OutputChunk,
  bundle: Rolldown.OutputBundle,
  needed: Set<Rolldown.OutputChunk>,
): void {
  if (needed.has(chunk)) return;
  needed.add(chunk);
  for (const path of chunk.imports) {
    const imported = bundle[path];
    if (imported?.type === "chunk") addWithImports(imported, bundle, needed);
  }
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
