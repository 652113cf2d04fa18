import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useConnection } from "@/realtime/connection";
import { OutgoingRow } from "./OutgoingRow";
import { outbox } from "./outboxStore";

beforeEach(() => {
  outbox.detach();
  userEvent.setup();
});
afterEach(() => {
  vi.useRealTimers();
  useConnection.setState({ status: "connecting" });
});

function failed() {
  void outbox.add("d1-2", "hello");
  void outbox.update((entries) =>
    entries.map((entry) => ({ ...entry, state: "failed", error: { code: "FORBIDDEN", message: "You may not." } })),
  );
  const [outgoing] = outbox.read();
  if (outgoing === undefined) throw new Error("nothing in the outbox");
  render(<OutgoingRow outgoing={outgoing} startsGroup endsGroup isActive onOpen={vi.fn()} />);
}

it("says why a message was not sent and tries again on request", async () => {
  failed();
  expect(screen.getByRole("alert").textContent).toContain("You may not.");
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(outbox.read()).toMatchObject([{ content: "hello", attempts: 0 }]);
  expect(outbox.read()[0]?.state).not.toBe("failed");
});

it("offers the text of a message that waits, and takes the message back", async () => {
  const writeText = vi.spyOn(navigator.clipboard, "writeText");
  void outbox.add("d1-2", "a long thought");
  const [outgoing] = outbox.read();
  if (outgoing === undefined) throw new Error("nothing in the outbox");
  useConnection.setState({ status: "lost" });
  render(<OutgoingRow outgoing={outgoing} startsGroup endsGroup isActive onOpen={vi.fn()} />);
  await userEvent.click(screen.getByRole("button", { name: "Copy" }));
  expect(writeText).toHaveBeenCalledWith("a long thought");
  await userEvent.click(screen.getByRole("button", { name: "Discard" }));
  expect(outbox.read()).toEqual([]);
});

it("offers nothing for what is sent in a moment, but does when it takes long", () => {
  vi.useFakeTimers();
  void outbox.add("d1-2", "hello");
  const [outgoing] = outbox.read();
  if (outgoing === undefined) throw new Error("nothing in the outbox");
  useConnection.setState({ status: "online" });
  render(<OutgoingRow outgoing={outgoing} startsGroup endsGroup isActive onOpen={vi.fn()} />);
  expect(screen.queryAllByRole("button")).toEqual([]);
  act(() => void vi.advanceTimersByTime(5_000));
  expect(screen.queryAllByRole("button").map(({ textContent }) => textContent)).toEqual(["Copy", "Discard"]);
});

it("lets go of a message on request", async () => {
  failed();
  await userEvent.click(screen.getByRole("button", { name: "Discard" }));
  expect(outbox.read()).toEqual([]);
});
