import { act, render } from "@testing-library/react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { beforeEach, expect, it } from "vitest";
import { useSession, type Session } from "@/auth/session";
import { session } from "@/test/fixtures";
import { SignedInOnly, SignedOutOnly } from "./SessionGate";
import { useEntered } from "./start";

const me = session("").user;
const signedIn: Session = { status: "signed-in", me };
const signedOut = (ended: boolean): Session => ({ status: "signed-out", ended });
const become = (next: Session) => act(() => useSession.setState(next, true));

beforeEach(() => {
  useSession.setState(signedOut(false), true);
  useEntered.setState({ user: me.userId, hasFailed: false });
});

function open(path: string) {
  const router = createMemoryRouter(
    [
      { Component: SignedOutOnly, children: [{ path: "/sign-in", element: "sign in" }] },
      { Component: SignedInOnly, children: [{ path: "*", element: "inside" }] },
    ],
    { initialEntries: [path] },
  );
  render(<RouterProvider router={router} />);
  return () => router.state.location.pathname;
}

it("leads to what was wanted before signing in", () => {
  const path = open("/c/d1-2");
  expect(path()).toBe("/sign-in");
  become(signedIn);
  expect(path()).toBe("/c/d1-2");
});

it("leads to the list whoever came to sign in", () => {
  const path = open("/sign-in");
  become(signedIn);
  expect(path()).toBe("/");
});

it.each([
  { ended: true, next: "/c/d1-2" },
  { ended: false, next: "/" },
])("leads whoever signs in next to $next (ended by itself: $ended)", ({ ended, next }) => {
  useSession.setState(signedIn, true);
  const path = open("/c/d1-2");
  become(signedOut(ended));
  expect(path()).toBe("/sign-in");
  become(signedIn);
  expect(path()).toBe(next);
});
