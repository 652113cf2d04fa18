import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "./errors";
import { send } from "./http";

afterEach(() => void vi.unstubAllGlobals());

const answer = (status: number, body: unknown) =>
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(body), { status })));

const failure = async () => {
  const error: unknown = await send("GET", "/x").catch((thrown: unknown) => thrown);
  if (!(error instanceof ApiError)) throw new Error("no ApiError");
  return error;
};

describe("a refused request", () => {
  it("carries the code, the text and the fields of problem+json", async () => {
    const errors = [{ field: "username", message: "is taken" }];
    answer(409, { title: "Conflict", status: 409, detail: "Taken.", code: "CONFLICT", errors });
    expect(await failure()).toMatchObject({ code: "CONFLICT", message: "Taken.", violations: errors });
  });

  it("has a code even when a proxy answered", async () => {
    answer(502, "bad gateway");
    expect((await failure()).code).toBe("UNAVAILABLE");
  });

  it("is OFFLINE when nothing answered", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed to fetch")));
    expect((await failure()).code).toBe("OFFLINE");
  });
});
