import { afterEach, expect, it } from "vitest";
import { queryClient } from "@/api/queryClient";
import { putTimeline } from "@/messages/queries";
import { fromNewest } from "@/messages/timeline";
import { ME, message, notification } from "@/test/fixtures";
import { pathOf } from "./target";

afterEach(() => queryClient.clear());

const mention = (firstSeq: number, lastSeq: number) =>
  notification("n", { type: "mention", conversationId: "g1", firstSeq, lastSeq });

it("is the conversation, or the page of all without one", () => {
  expect(pathOf(notification("n"), ME)).toBe("/c/d1-2");
  expect(pathOf(notification("n", { type: "system", conversationId: null }), ME)).toBe("/inbox");
});

it("is the message itself for a mention", () => {
  expect(pathOf(mention(4, 4), ME)).toBe("/c/g1?at=4");
});

it("is the newest mention that is held among several messages, else the conversation", () => {
  expect(pathOf(mention(2, 5), ME)).toBe("/c/g1");
  const items = [
    message(3, { conversationId: "g1", mentions: [ME] }),
    message(4, { conversationId: "g1", mentionsAll: true }),
    message(5, { conversationId: "g1" }),
    message(6, { conversationId: "g1", mentions: [ME] }),
  ];
  putTimeline("g1", fromNewest({ items, nextCursor: null }));
  expect(pathOf(mention(2, 5), ME)).toBe("/c/g1?at=4");
});
