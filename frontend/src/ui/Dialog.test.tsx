import { act, render, screen, within } from "@testing-library/react";
import { beforeAll, expect, it } from "vitest";
import { announce } from "@/lib/announce";
import { Dialog } from "./Dialog";

// jsdom has no modal dialogs.
beforeAll(() => {
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function close() {
    this.open = false;
  };
});

it("tells news itself, since all around it is silent, but not what was told before", () => {
  act(() => announce("long ago"));
  const props = { title: "New chat", closeLabel: "Close", onClose: () => undefined };
  render(<Dialog {...props}>{null}</Dialog>);
  const region = within(screen.getByRole("dialog")).getByRole("status");
  expect(region.textContent).toBe("");
  act(() => announce("3 people found"));
  expect(region.textContent).toBe("3 people found");
});
