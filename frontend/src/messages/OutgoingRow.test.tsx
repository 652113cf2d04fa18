import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";
import { OutgoingRow } from "./OutgoingRow";
import { outbox } from "./outboxStore";

beforeEach(() => outbox.detach());

function failed() {
  void outbox.add("d1-2", "hello");
  void outbox.update((entries) =>
    entries.map((entry) => ({ ...entry, state: "failed", error: { code: "FORBIDDEN", message: "You may not." } })),
  );
  const [outgoing] = outbox.read();
  if (outgoing === undefined) throw new Error("nothing in the outbox");
  render(<OutgoingRow outgoing={outgoing} startsGroup endsGroup />);
}

it("says why a message was not sent and tries again on request", async () => {
  failed();
  expect(screen.getByRole("alert").textContent).toContain("You may not.");
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(outbox.read()).toMatchObject([{ content: "hello", attempts: 0 }]);
  expect(outbox.read()[0]?.state).not.toBe("failed");
});

it("lets go of a message on request", async () => {
  failed();
  await userEvent.click(screen.getByRole("button", { name: "Discard" }));
  expect(outbox.read()).toEqual([]);
});
