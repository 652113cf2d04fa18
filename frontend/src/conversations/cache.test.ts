import { describe, expect, it } from "vitest";
import { at, conversation, ME, message, OTHER } from "@/test/fixtures";
import {
  EMPTY_INDEX,
  listed,
  neighbour,
  totalUnread,
  withConversation,
  withMessage,
  withPage,
  withRead,
  withSynced,
  withUpdated,
  without,
  type Section,
} from "./cache";

const start = () => withConversation(EMPTY_INDEX, conversation({ lastSeq: 3 }));
const only = (index: ReturnType<typeof start>) => listed(index)[0];

describe("a live message", () => {
  it("becomes the last one and counts as unread", () => {
    const index = withMessage(start(), message(4), ME);
    expect(only(index)).toMatchObject({
      lastSeq: 4,
      lastMessage: { seq: 4 },
      lastActivityAt: at(4),
      me: { unread: 4 },
    });
    expect(totalUnread(index)).toBe(4);
  });

  it("counts once, however often it comes and in whatever order", () => {
    const index = withMessage(start(), message(5), ME);
    expect(withMessage(index, message(5), ME)).toBe(index);
    expect(withMessage(index, message(4), ME)).toBe(index);
    expect(only(index)?.me.unread).toBe(5);
  });

  it("of the user's own counts as read", () => {
    expect(only(withMessage(start(), message(4, { senderId: ME }), ME))?.me).toMatchObject({
      unread: 0,
      lastReadSeq: 4,
    });
  });

  it("moves its conversation to the top", () => {
    const other = conversation({ id: "d1-3", lastActivityAt: at(30) });
    const index = withConversation(start(), other);
    expect(listed(index).map(({ id }) => id)).toEqual(["d1-3", "d1-2"]);
    const moved = withMessage(index, message(4, { createdAt: at(40) }), ME);
    expect(listed(moved).map(({ id }) => id)).toEqual(["d1-2", "d1-3"]);
  });
});

describe("a conversation from the server", () => {
  it("does not undo what events told since it was asked for", () => {
    const ahead = withRead(
      withMessage(start(), message(4), ME),
      { conversationId: "d1-2", userId: ME, lastReadSeq: 3 },
      ME,
    );
    const index = withPage(ahead, { items: [conversation({ lastSeq: 3 })], nextCursor: null });
    expect(only(index)).toMatchObject({ lastSeq: 4, me: { lastReadSeq: 3, unread: 1 } });
  });

  it("keeps members that a shortened list leaves out", () => {
    const [first, second] = conversation().members;
    if (first === undefined || second === undefined) throw new Error("two members");
    const full = conversation({ type: "group", memberCount: 2 });
    const index = withConversation(withConversation(EMPTY_INDEX, full), { ...full, members: [first] });
    expect(only(index)?.members).toEqual([first, second]);
    const left = withConversation(index, { ...full, members: [first], memberCount: 1 });
    expect(only(left)?.members).toEqual([first]);
  });

  it("is forgotten when the user is no longer in it", () => {
    expect(listed(without(start(), "d1-2"))).toEqual([]);
  });
});

describe("the list", () => {
  const other = (change: object) => {
    const base = conversation({ id: "d1-3", lastActivityAt: at(30), lastSeq: 2 });
    return withConversation(start(), { ...base, me: { ...base.me, ...change } });
  };
  const ids = (index: ReturnType<typeof start>, section?: Section) => listed(index, section).map(({ id }) => id);

  it("begins with what is pinned", () => {
    const pinned = withUpdated(
      other({}),
      { conversationId: "d1-2", actorId: ME, me: { ...conversation().me, pinned: true } },
      ME,
    );
    expect(ids(other({}))).toEqual(["d1-3", "d1-2"]);
    expect(ids(pinned)).toEqual(["d1-2", "d1-3"]);
  });

  it("has parts for what is unread, archived and asked for", () => {
    expect(ids(other({ unread: 0 }), "unread")).toEqual(["d1-2"]);
    expect(ids(other({ hidden: true }), "archived")).toEqual(["d1-3"]);
    expect(ids(other({ hidden: true }))).toEqual(["d1-2"]);
    expect(ids(other({ request: "pending" }), "requests")).toEqual(["d1-3"]);
    expect(ids(other({ request: "pending" }))).toEqual(["d1-2"]);
  });

  it("leaves an archived conversation that is muted where it is, unless the user writes or has deleted it", () => {
    const to = (index: ReturnType<typeof start>, senderId = OTHER) =>
      withMessage(index, message(5, { senderId }), ME).byId["d1-2"]?.me.hidden;
    const { me } = conversation();
    const muted = { ...me, hidden: true, muted: true };
    const held = conversation({ lastSeq: 4, lastMessage: message(4), me: muted });
    const archived = withConversation(EMPTY_INDEX, held);
    const deleted = withConversation(EMPTY_INDEX, { ...held, lastMessage: null });
    expect([to(archived), to(archived, ME), to(deleted)]).toEqual([true, false, false]);
  });

  it("takes an archived conversation back when somebody writes", () => {
    const index = withMessage(other({ hidden: true }), message(3, { conversationId: "d1-3" }), ME);
    expect(ids(index)).toContain("d1-3");
  });

  it("counts neither muted conversations nor requests as unread", () => {
    expect(totalUnread(other({}))).toBe(5);
    expect(totalUnread(other({ muted: true }))).toBe(3);
    expect(totalUnread(other({ request: "pending" }))).toBe(3);
  });
});

describe("what an answer tells", () => {
  it("does not count as having been told of the changes before it", () => {
    const answered = withConversation(start(), conversation({ lastSeq: 3, lastChange: 4, name: "later" }));
    expect(only(answered)).toMatchObject({ lastChange: 0, name: "later" });
    expect(only(withSynced(start(), conversation({ lastSeq: 3, lastChange: 4 })))?.lastChange).toBe(4);
  });

  it("is outdated when it was asked for before a change", () => {
    const renamed = withUpdated(start(), { conversationId: "d1-2", actorId: ME, change: 1, name: "new" }, ME);
    expect(only(withConversation(renamed, conversation({ lastSeq: 3, name: "old" })))?.name).toBe("new");
  });

  it("leaves unread what came after the user has deleted the history", () => {
    const { me } = conversation({ lastSeq: 3 });
    const index = withConversation(EMPTY_INDEX, conversation({ lastSeq: 3, me: { ...me, unread: 1 } }));
    expect(only(withMessage(index, message(4), ME))?.me.unread).toBe(2);
  });
});

describe("reading", () => {
  it("on another device counts here", () => {
    const index = withRead(start(), { conversationId: "d1-2", userId: ME, lastReadSeq: 2 }, ME);
    expect(only(index)?.me).toMatchObject({ lastReadSeq: 2, unread: 1 });
    const late = withRead(index, { conversationId: "d1-2", userId: ME, lastReadSeq: 1 }, ME);
    expect(only(late)?.me.unread).toBe(1);
  });

  it("by others moves their mark only", () => {
    const index = withRead(start(), { conversationId: "d1-2", userId: OTHER, lastReadSeq: 3 }, ME);
    expect(only(index)?.me.unread).toBe(3);
    expect(only(index)?.members.map(({ lastReadSeq }) => lastReadSeq)).toEqual([0, 3]);
  });
});

it("the list is walked line by line, and ends at its ends", () => {
  const index = withConversation(start(), conversation({ id: "d1-3", lastActivityAt: at(30) }));
  const from = (id: string | undefined, step: 1 | -1) => neighbour(index, id, step)?.id;
  expect(from("d1-3", 1)).toBe("d1-2");
  expect(from("d1-2", -1)).toBe("d1-3");
  expect(from("d1-2", 1)).toBeUndefined();
  expect(from("d1-3", -1)).toBeUndefined();
  expect(from(undefined, 1)).toBe("d1-3");
  expect(from(undefined, -1)).toBe("d1-2");
});

it("a direct conversation whose other account is gone keeps its history and one member", () => {
  const ended = withUpdated(
    start(),
    { conversationId: "d1-2", actorId: 2, change: 1, endedAt: "2026-01-01T00:00:00.000Z" },
    ME,
  );
  const held = ended.byId["d1-2"];
  expect(held).toMatchObject({ endedAt: "2026-01-01T00:00:00.000Z", memberCount: 1, lastChange: 1 });
  expect(held?.members.map(({ userId }) => userId)).toEqual([ME]);
});
