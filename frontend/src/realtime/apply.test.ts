import { beforeEach, describe, expect, it, vi } from "vitest";
import { queryClient } from "@/api/queryClient";
import { listed, withConversation } from "@/conversations/cache";
import { readConversations, updateConversations } from "@/conversations/queries";
import { outbox } from "@/messages/outboxStore";
import { putTimeline, readTimeline } from "@/messages/queries";
import { fromNewest } from "@/messages/timeline";
import { conversation, ME, message, messages } from "@/test/fixtures";
import { Applier } from "./apply";
import { catchUp, heldOf } from "./catchUp";

const applier = new Applier(ME);
const first = () => listed(readConversations())[0];
const seqs = () => readTimeline("d1-2")?.items.map(({ seq }) => seq);

beforeEach(() => {
  queryClient.clear();
  outbox.detach();
  updateConversations((index) => withConversation(index, conversation({ lastSeq: 3 })));
  putTimeline("d1-2", fromNewest({ items: messages(1, 3), nextCursor: null }));
});

describe("message:created", () => {
  it("reaches the list and the timeline, once", () => {
    applier.messageCreated(message(4));
    applier.messageCreated(message(4));
    expect(seqs()).toEqual([1, 2, 3, 4]);
    expect(first()?.me.unread).toBe(4);
  });

  it("of the user's own takes the place of what was on its way", () => {
    void outbox.add("d1-2", "hello");
    const clientId = outbox.read()[0]?.clientId ?? "";
    applier.messageCreated(message(4, { senderId: ME, clientId }));
    expect(outbox.read()).toEqual([]);
    expect(seqs()).toEqual([1, 2, 3, 4]);
  });

  it("does not invent a timeline that was never fetched", () => {
    applier.messageCreated(message(1, { conversationId: "d1-9" }));
    expect(readTimeline("d1-9")).toBeUndefined();
  });
});

describe("catching up", () => {
  const synced = (change: object) => ({
    conversations: [{ conversation: conversation({ lastSeq: 6 }), messages: messages(4, 6), reset: false, ...change }],
    gone: [],
    nextCursor: null,
  });

  it("tells what is held: up to the first hole, or what the list knows", () => {
    applier.messageCreated(message(5));
    updateConversations((index) => withConversation(index, conversation({ id: "d1-3", lastSeq: 7, lastChange: 2 })));
    const held = heldOf(readConversations(), readTimeline);
    expect(held).toContainEqual({ id: "d1-2", seq: 3, change: 0 });
    expect(held).toContainEqual({ id: "d1-3", seq: 7, change: 2 });
  });

  it("brings what was missed, and live messages between stay single", () => {
    applier.messageCreated(message(5));
    applier.synced(synced({}));
    expect(seqs()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(first()).toMatchObject({ lastSeq: 6, me: { unread: 6 } });
  });

  it("drops what is held of a conversation that is reset", () => {
    applier.synced(synced({ reset: true, messages: messages(5, 6) }));
    expect(seqs()).toEqual([5, 6]);
    expect(readTimeline("d1-2")?.before).toBe(5);
  });

  it("confirms own messages whose ack was lost with the connection", () => {
    void outbox.add("d1-2", "hello");
    const clientId = outbox.read()[0]?.clientId ?? "";
    applier.synced(synced({ messages: [message(4, { senderId: ME, clientId })] }));
    expect(outbox.read()).toEqual([]);
  });

  it("forgets conversations the user is no longer in", () => {
    applier.synced({ conversations: [], gone: ["d1-2"], nextCursor: null });
    expect(first()).toBeUndefined();
    expect(readTimeline("d1-2")).toBeUndefined();
  });

  it("asks page by page with the same holdings", async () => {
    const held = heldOf(readConversations(), readTimeline);
    const ask = vi
      .fn()
      .mockResolvedValueOnce({ ...synced({}), nextCursor: "p2" })
      .mockResolvedValueOnce({ conversations: [], nextCursor: null });
    await catchUp(held, ask, (page) => applier.synced(page));
    expect(ask.mock.calls.map(([payload]) => payload as unknown)).toEqual([
      { conversations: held, limit: 50 },
      { conversations: held, limit: 50, cursor: "p2" },
    ]);
  });
});
