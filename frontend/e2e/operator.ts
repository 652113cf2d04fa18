import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Person } from "./person";

/** Tells of the running system, if it is one of this machine's. */
const STATE = process.env["WARREN_STATE"];

export const canMakeAdmins = STATE !== undefined;

interface State {
  environment: Record<string, string>;
  processes: { pool?: string; args: string[] }[];
}

/** Makes somebody the first administrator, as operators do. */
export async function makeAdmin({ username }: Person): Promise<void> {
  const { environment, processes } = JSON.parse(await readFile(STATE ?? "", "utf8")) as State;
  const worker = processes.find(({ pool }) => pool !== undefined)?.args[0];
  if (worker === undefined) throw new Error("No worker runs.");
  await promisify(execFile)(worker, ["admin", "grant", username], { env: { ...process.env, ...environment } });
}
