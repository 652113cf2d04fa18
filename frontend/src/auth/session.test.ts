import { beforeEach, expect, it, vi } from "vitest";
import type * as Session from "./session";
import { session as signedIn } from "@/test/fixtures";

const KEY = "warren.session";
const refused = () => new Response(JSON.stringify({ code: "AUTH_INVALID" }), { status: 401 });
const ok = (body: unknown) => new Response(JSON.stringify(body), { status: 200 });

let session: typeof Session;
let answers: Record<string, () => Promise<Response>>;

/** What a page load does. */
async function load(): Promise<void> {
  vi.resetModules();
  session = await import("./session");
}

beforeEach(async () => {
  answers = {};
  vi.stubGlobal("fetch", (path: string) => answers[path]?.() ?? Promise.reject(new TypeError("offline")));
  localStorage.clear();
  await load();
});

const status = () => session.useSession.getState();

it("goes on without waiting for the server, also when there is none", async () => {
  localStorage.setItem(KEY, JSON.stringify(signedIn("x").user));
  session.startSession();
  expect(status()).toMatchObject({ status: "signed-in", me: { username: "ada" } });
  await vi.waitFor(() => expect(status().status).toBe("signed-in"));
});

it("ends when the server says so", async () => {
  localStorage.setItem(KEY, JSON.stringify(signedIn("x").user));
  answers["/auth/refresh"] = () => Promise.resolve(refused());
  session.startSession();
  await vi.waitFor(() => expect(status()).toEqual({ status: "signed-out", ended: true }));
  expect(localStorage.getItem(KEY)).toBeNull();
});

it.each(["{", "null", '"1"', '{"userId":"1"}'])("does not start from %s", (stored) => {
  localStorage.setItem(KEY, stored);
  session.startSession();
  expect(status().status).toBe("signed-out");
});

it("is signed out, not ended, when requests cross with signing out", async () => {
  answers["/auth/login"] = () => Promise.resolve(ok(signedIn("token")));
  await session.signIn({ email: "ada", password: "x" });
  answers["/auth/refresh"] = () => Promise.resolve(refused());
  const { tokens } = await import("./tokens");
  answers["/auth/logout"] = async () => {
    await expect(tokens.renew("token")).rejects.toMatchObject({ code: "AUTH_INVALID" });
    return new Response(null, { status: 204 });
  };
  await session.signOut();
  await expect(tokens.renew()).rejects.toMatchObject({ code: "AUTH_INVALID" });
  expect(status()).toEqual({ status: "signed-out", ended: false });
});
