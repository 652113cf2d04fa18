import { act, render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, expect, it } from "vitest";
import type { Conversation } from "@/api/types";
import { clearDrafts, keepDraft } from "@/messages/drafts";
import { refused } from "@/messages/outbox";
import { outbox } from "@/messages/outboxStore";
import { conversation, ME, message } from "@/test/fixtures";
import { ConversationItem } from "./ConversationItem";

afterEach(() => {
  outbox.detach();
  clearDrafts(ME);
});

const textOf = (shown: Conversation, path = "/") => {
  render(
    <MemoryRouter initialEntries={[path]}>
      <ConversationItem conversation={shown} meId={ME} />
    </MemoryRouter>,
  );
  return screen.getByRole("link").textContent;
};

it("names the other person, the last message and how much is unread", () => {
  const text = textOf(conversation({ lastSeq: 2 }));
  expect(text).toContain("Grace");
  expect(text).toContain("message 2");
  expect(text).toContain("2 unread messages");
});

it("shows a text in the direction of its script", () => {
  textOf(conversation({ lastSeq: 1, lastMessage: message(1, { content: "שלום" }) }));
  expect(screen.getByText("שלום").dir).toBe("auto");
});

it("says who wrote in a group, and that it was oneself", () => {
  const group = { type: "group", name: "Readers", lastSeq: 1 } as const;
  expect(textOf(conversation(group))).toContain("Grace: message 1");
});

it("marks the user's own last message", () => {
  expect(textOf(conversation({ lastSeq: 1, lastMessage: message(1, { senderId: ME }) }))).toContain("You: message 1");
});

it("shows what is not sent yet, first of all what failed", () => {
  void outbox.add("d1-2", "on its way");
  void outbox.add("d1-9", "elsewhere");
  expect(textOf(conversation({ lastSeq: 1 }))).toContain("You: on its way");
  expect(screen.getByRole("img", { name: "Not sent yet" })).not.toBeNull();
  const [first] = outbox.read();
  act(() => {
    void outbox.add("d1-2", "later");
    void outbox.update((held) => refused(held, first?.clientId ?? "", { code: "FORBIDDEN", message: "No." }));
  });
  expect(screen.getByRole("link").textContent).toContain("You: on its way");
  expect(screen.getByRole("img", { name: "Not sent." })).not.toBeNull();
  act(() => outbox.detach());
  expect(screen.getByRole("link").textContent).toContain("message 1");
});

it("shows what was begun, until something waits to be sent", () => {
  keepDraft(ME, "d1-2", "dear");
  expect(textOf(conversation({ lastSeq: 1 }))).toContain("Draft: dear");
  act(() => keepDraft(ME, "d1-2", "dear Grace"));
  expect(screen.getByRole("link").textContent).toContain("Draft: dear Grace");
  act(() => void outbox.add("d1-2", "sent"));
  expect(screen.getByRole("link").textContent).not.toContain("Draft");
});

it("shows the last message of the one that is open, whatever is being written there", () => {
  keepDraft(ME, "d1-2", "dear");
  const text = textOf(conversation({ lastSeq: 1 }), "/c/d1-2/details");
  expect(text).toContain("message 1");
  expect(text).not.toContain("Draft");
});
