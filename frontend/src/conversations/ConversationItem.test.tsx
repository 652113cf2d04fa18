import { render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { expect, it } from "vitest";
import type { Conversation } from "@/api/types";
import { conversation, ME, message } from "@/test/fixtures";
import { ConversationItem } from "./ConversationItem";

const textOf = (shown: Conversation) => {
  render(
    <MemoryRouter>
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
