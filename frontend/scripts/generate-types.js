// Writes src/api/schema.ts from a running system's /openapi.json. The generator is fetched when it is needed: it brings
// a TypeScript of its own, older than the one used here.
import { spawnSync } from "node:child_process";

const url = process.env.WARREN_URL ?? "http://127.0.0.1:3000";
const generator = ["--yes", "openapi-typescript@7.13.0", `${url}/openapi.json`, "-o", "src/api/schema.ts"];
const { status } = spawnSync("npx", generator, { stdio: "inherit" });
process.exit(status ?? 1);
