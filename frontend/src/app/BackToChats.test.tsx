import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { expect, it } from "vitest";
import { BackToChats, FROM_LIST } from "./BackToChats";

type Entry = string | { pathname: string; state: unknown };

/** Goes back by the link from the last of these entries, then by the device. */
async function goBack(entries: Entry[]) {
  const router = createMemoryRouter([{ path: "*", Component: BackToChats }], { initialEntries: entries });
  render(<RouterProvider router={router} />);
  await userEvent.click(screen.getByRole("link"));
  const first = router.state.location.pathname;
  await router.navigate(-1);
  return [first, router.state.location.pathname];
}

it("goes one step back when that is the list", async () => {
  const entries = ["/people", "/", { pathname: "/c/1", state: FROM_LIST }];
  expect(await goBack(entries)).toEqual(["/", "/people"]);
});

it("else takes the page's place, so that going back does not open it again", async () => {
  expect(await goBack(["/people", "/c/1"])).toEqual(["/", "/people"]);
});
