import { execFile } from "node:child_process";
import { createPrivateKey, sign, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Person } from "./person";

/** Tells of the running system, if it is one of this machine's. */
const STATE = process.env["WARREN_STATE"];

export const canMakeAdmins = STATE !== undefined;

/** Its own keys are there as well. */
export const canForgeTokens = STATE !== undefined;

interface State {
  environment: Record<string, string>;
  processes: { pool?: string; args: string[] }[];
}

async function readState(): Promise<State> {
  return JSON.parse(await readFile(STATE ?? "", "utf8")) as State;
}

/** Makes somebody the first administrator, as operators do. */
export async function makeAdmin({ username }: Person): Promise<void> {
  const { environment, processes } = await readState();
  const worker = processes.find(({ pool }) => pool !== undefined)?.args[0];
  if (worker === undefined) throw new Error("No worker runs.");
  await promisify(execFile)(worker, ["admin", "grant", username], { env: { ...process.env, ...environment } });
}

/** The same access token, but that it ends after so many seconds from now. */
export async function endingAfter(token: string, seconds: number): Promise<string> {
  const { environment } = await readState();
  const pem = await readFile(environment["WARREN__AUTH__PRIVATE_KEY_FILE"] ?? "", "utf8");
  const key = privateKey(Buffer.from(pem.replace(/-----.*?-----|\s/g, ""), "base64"));
  const [header = "", payload = ""] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
  const exp = Math.floor(Date.now() / 1_000) + seconds;
  const signed = `${header}.${Buffer.from(JSON.stringify({ ...claims, exp })).toString("base64url")}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
}

/** An Ed25519 key in PKCS #8 of version 2 (RFC 8410), which Node does not read, by way of version 1: 16 bytes, then the seed. */
function privateKey(der: Buffer): KeyObject {
  const header = Buffer.from("302e020100300506032b657004220420", "hex");
  return createPrivateKey({ key: Buffer.concat([header, der.subarray(16, 48)]), format: "der", type: "pkcs8" });
}
