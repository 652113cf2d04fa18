import { screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { queryClient } from "@/api/queryClient";
import { renderRoutes } from "@/test/render";
import { PersonPage } from "./PersonPage";

afterEach(() => {
  vi.unstubAllGlobals();
  queryClient.clear();
});

function show(path: string) {
  const problem = JSON.stringify({ code: "NOT_FOUND", title: "Not found", status: 404 });
  const fetch = vi.fn(() => Promise.resolve(new Response(problem, { status: 404 })));
  vi.stubGlobal("fetch", fetch);
  renderRoutes([{ path: "/people/:userId", Component: PersonPage }], path);
  return fetch;
}

it.each(["/people/abc", "/people/0", "/people/1.5"])("says at once that %s is nobody's", (path) => {
  const fetch = show(path);
  expect(screen.getByText("There is nothing here.")).not.toBeNull();
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
  expect(fetch).not.toHaveBeenCalled();
});

it("offers no other try where there is nobody", async () => {
  show("/people/77");
  expect(await screen.findByText(/does not exist/)).not.toBeNull();
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
});
