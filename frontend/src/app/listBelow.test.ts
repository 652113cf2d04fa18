import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FROM_LIST } from "./BackToChats";
import { putListBelow } from "./listBelow";

const narrow = (isNarrow: boolean) =>
  vi.spyOn(window, "matchMedia").mockReturnValue({ matches: !isNarrow } as MediaQueryList);

/** What a page at this path would do to its tab's history. */
function done(path: string, state: unknown = null): unknown[][] {
  const calls: unknown[][] = [];
  const log = (name: string) => (state: { usr: unknown; idx: number }, _: string, url: string) =>
    void calls.push([name, url, state.usr, state.idx]);
  const history = { state, replaceState: log("replace"), pushState: log("push") };
  putListBelow({ history, location: new URL(path, "https://warren.example") } as never);
  return calls;
}

beforeEach(() => narrow(true));
afterEach(() => vi.restoreAllMocks());

it("puts the list below what a link or a notification opened on a phone", () => {
  expect(done("/c/d1-2?at=7")).toEqual([
    ["replace", "/", null, 0],
    ["push", "/c/d1-2?at=7", FROM_LIST, 1],
  ]);
});

it("does nothing where the list is, where nobody is signed in, and where there is room for both", () => {
  for (const path of ["/", "/sign-in", "/sign-up", "/nowhere"]) expect(done(path)).toEqual([]);
  narrow(false);
  expect(done("/c/d1-2")).toEqual([]);
});

it("does nothing to a page that was here before", () => {
  expect(done("/c/d1-2", { usr: null, key: "abc", idx: 3 })).toEqual([]);
});
