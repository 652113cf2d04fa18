import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { beforeEach, expect, it } from "vitest";
import { MeContext } from "@/auth/me";
import { outbox } from "@/messages/outboxStore";
import { useConnection } from "@/realtime/connection";
import { session } from "@/test/fixtures";
import { AccountMenu } from "./AccountMenu";

// Without a network, as here, nobody can sign out.
const failToSignOut = async () => {
  await userEvent.click(screen.getByRole("button", { name: "Your account" }));
  await userEvent.click(screen.getByRole("menuitem", { name: "Sign out" }));
  expect((await screen.findByRole("alert")).textContent).toContain("cannot be reached");
};

beforeEach(() => {
  outbox.detach();
  useConnection.setState({ status: "lost" });
  render(
    <MemoryRouter>
      <MeContext value={session("").user}>
        <AccountMenu />
      </MeContext>
    </MemoryRouter>,
  );
});

it("takes away why signing out failed on request", async () => {
  await failToSignOut();
  await userEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(screen.queryByRole("alert")).toBeNull();
});

it("takes it away when the connection is back", async () => {
  await failToSignOut();
  act(() => useConnection.setState({ status: "catching-up" }));
  expect(screen.queryByRole("alert")).not.toBeNull();
  act(() => useConnection.setState({ status: "online" }));
  expect(screen.queryByRole("alert")).toBeNull();
});
