import { QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { createMemoryRouter, RouterProvider, type RouteObject } from "react-router";
import { queryClient } from "@/api/queryClient";
import { MeContext } from "@/auth/me";
import { session } from "./fixtures";

/** Draws a page for somebody who is signed in; the router tells where they are. */
export function renderRoutes(routes: RouteObject[], path: string) {
  const router = createMemoryRouter(routes, { initialEntries: [path] });
  render(
    <QueryClientProvider client={queryClient}>
      <MeContext value={session("").user}>
        <RouterProvider router={router} />
      </MeContext>
    </QueryClientProvider>,
  );
  return router;
}
