import { beforeEach, describe, expect, it, vi } from "vitest";
import { queryClient } from "@/api/queryClient";
import { listed, withConversation } from "@/conversations/cache";
import { readConversations, updateConversations } from "@/conversations/queries";
import { outbox } from "@/messages/outboxStore";
import { putTimeline, readTimeline } from "@/messages/queries";
import { recentChanges } from "@/messages/recentChanges";
import { fromNewest } from "@/messages/timeline";
import { at, conversation, ME, message, messages, OTHER } from "@/test/fixtures";
import { useTypists } from "@/typing/typists";
import { Applier } from "./apply";
import { catchUp, heldOf } from "./catchUp";

const applier = new Applier(ME);
const first = () => listed(readConversations())[0];
const seqs = () => readTimeline("d1-2")?.items.map(({ seq }) => seq);

beforeEach(() => {
  queryClient.clear();
  recentChanges.clear();
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

describe("typing", () => {
  const typists = () => useTypists.getState().in["d1-2"] ?? [];

  it("is over when what was typed arrives, or who typed it is gone", () => {
    applier.typing({ conversationId: "d1-2", userId: OTHER, isTyping: true });
    expect(typists()).toEqual([OTHER]);
    applier.messageCreated(message(4, { senderId: OTHER }));
    expect(typists()).toEqual([]);
    applier.typing({ conversationId: "d1-2", userId: OTHER, isTyping: true });
    applier.memberRemoved({ conversationId: "d1-2", actorId: ME, userId: OTHER, memberCount: 1, change: 1 });
    expect(typists()).toEqual([]);
  });
});

describe("edits and deletions", () => {
  const edited = message(3, { content: "edited", editedAt: at(9), change: 1 });
  const deleted = {
    messageId: edited.id,
    conversationId: "d1-2",
    seq: 3,
    deletedBy: OTHER,
    deletedAt: at(10),
    change: 2,
  };

  it("reach the list and the timeline, and are counted", () => {
    applier.messageUpdated(edited);
    expect(first()).toMatchObject({ lastChange: 1, lastMessage: { content: "edited" } });
    expect(readTimeline("d1-2")?.items[2]?.content).toBe("edited");
    applier.messageDeleted(deleted);
    expect(first()).toMatchObject({ lastChange: 2, lastMessage: { content: "", deletedAt: at(10) } });
    expect(readTimeline("d1-2")?.items[2]).toMatchObject({ content: "", deletedBy: OTHER });
  });

  it("are not undone by what is told late", () => {
    applier.messageDeleted(deleted);
    applier.messageUpdated(edited);
    expect(readTimeline("d1-2")?.items[2]).toMatchObject({ content: "", deletedAt: at(10) });
  });

  it("reach a page that was read before them and arrives after them", () => {
    applier.messageUpdated(edited);
    expect(recentChanges.applied(message(3)).content).toBe("edited");
    applier.messageDeleted(deleted);
    expect(recentChanges.applied(message(3)).deletedAt).toBe(at(10));
    expect(recentChanges.applied(message(2)).content).toBe("message 2");
  });

  it("are asked for again when a number before them is missing", () => {
    applier.messageDeleted(deleted);
    expect(heldOf(readConversations(), readTimeline)[0]?.change).toBe(0);
  });
});

describe("conversations", () => {
  const group = () => conversation({ id: "g1", type: "group", name: "Readers", lastChange: 3 });
  const held = () => readConversations().byId["g1"];
  beforeEach(() => applier.conversationCreated(group()));

  it("take another name, picture, role and the user's own settings", () => {
    const of = { conversationId: "g1", actorId: OTHER };
    applier.conversationUpdated({ ...of, change: 4, name: "Writers", avatarUrl: "https://x.example/a.png" });
    applier.conversationUpdated({ ...of, change: 5, roles: [{ userId: ME, role: "owner" }] });
    applier.conversationUpdated({
      ...of,
      change: 6,
      avatarUrl: "",
      me: { ...group().me, pinned: true, role: "owner" },
    });
    expect(held()).toMatchObject({
      name: "Writers",
      avatarUrl: null,
      lastChange: 6,
      me: { role: "owner", pinned: true },
    });
    expect(held()?.members[0]?.role).toBe("owner");
  });

  it("gain and lose members, and the user loses those that they are taken out of", () => {
    const [ada] = group().members;
    if (ada === undefined) throw new Error("a member");
    const cleo = { ...ada, userId: 3, displayName: "Cleo" };
    const of = { conversationId: "g1", actorId: OTHER };
    applier.membersAdded({ ...of, userIds: [3], members: [cleo], memberCount: 3, change: 4 });
    expect(held()?.members.map(({ userId }) => userId)).toEqual([ME, OTHER, 3]);
    applier.memberRemoved({ ...of, userId: OTHER, memberCount: 2, change: 5 });
    expect(held()).toMatchObject({ memberCount: 2, lastChange: 5 });
    applier.memberRemoved({ ...of, userId: ME, memberCount: 1, change: 6 });
    expect(held()).toBeUndefined();
  });

  it("are requests until they are answered", () => {
    const { me, members } = conversation();
    const asked = conversation({
      me: { ...me, request: "pending" },
      members: members.map((member) => (member.userId === ME ? { ...member, request: "pending" } : member)),
    });
    applier.conversationGone("d1-2");
    applier.conversationCreated(asked);
    expect(listed(readConversations(), "requests").map(({ id }) => id)).toEqual(["d1-2"]);
    applier.requestAnswered("d1-2", ME, "accepted", 1);
    expect(listed(readConversations(), "requests")).toEqual([]);
    expect(listed(readConversations()).map(({ id }) => id)).toContain("d1-2");
    applier.requestAnswered("d1-2", ME, "declined", 2);
    expect(listed(readConversations(), "archived")).toEqual([]);
    expect(listed(readConversations()).map(({ id }) => id)).not.toContain("d1-2");
  });

  it("tell how far messages have come", () => {
    const of = { conversationId: "d1-2", messageId: message(3).id, seq: 3, userId: OTHER };
    applier.messageReached({ ...of, status: "delivered" });
    expect(readConversations().byId["d1-2"]?.members[1]).toMatchObject({ lastDeliveredSeq: 3, lastReadSeq: 0 });
    applier.messageReached({ ...of, seq: 2, status: "read" });
    expect(readConversations().byId["d1-2"]?.members[1]).toMatchObject({ lastDeliveredSeq: 3, lastReadSeq: 2 });
  });

  it("show their members' new names", () => {
    const user = { userId: OTHER, username: "grace", displayName: "Amazing Grace", avatarUrl: null, createdAt: at(0) };
    applier.userUpdated({ ...user, bio: null });
    expect(held()?.members[1]?.displayName).toBe("Amazing Grace");
  });
});

describe("catching up", () => {
  const synced = (change: object) => ({
    conversations: [
      { conversation: conversation({ lastSeq: 6 }), messages: messages(4, 6), changed: [], reset: false, ...change },
    ],
    gone: [],
    nextCursor: null,
  });

  it("tells what is held: up to the first hole, or what the list knows", () => {
    applier.messageCreated(message(5));
    updateConversations((index) => withConversation(index, conversation({ id: "d1-3", lastSeq: 7, lastChange: 2 })));
    const held = heldOf(readConversations(), readTimeline);
    expect(held).toContainEqual({ id: "d1-2", seq: 3, change: 0, read: 0 });
    expect(held).toContainEqual({ id: "d1-3", seq: 7, change: 2, read: 0 });
  });

  it("brings what was missed, and live messages between stay single", () => {
    applier.messageCreated(message(5));
    applier.synced(synced({}));
    expect(seqs()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(first()).toMatchObject({ lastSeq: 6, me: { unread: 6 } });
  });

  it("brings edits and deletions of what is held", () => {
    const changed = [
      message(2, { content: "edited", editedAt: at(9), change: 1 }),
      message(3, { content: "", deletedAt: at(9), change: 2 }),
    ];
    applier.synced(synced({ conversation: conversation({ lastSeq: 3, lastChange: 2 }), messages: [], changed }));
    expect(readTimeline("d1-2")?.items).toMatchObject([{ seq: 1 }, { content: "edited" }, { deletedAt: at(9) }]);
    expect(first()?.lastChange).toBe(2);
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
      .mockResolvedValueOnce({ conversations: [], gone: [], nextCursor: null });
    await catchUp(held, ask, (page) => applier.synced(page));
    expect(ask.mock.calls.map(([payload]) => payload as unknown)).toEqual([
      { conversations: held, limit: 50 },
      { conversations: held, limit: 50, cursor: "p2" },
    ]);
  });
});
