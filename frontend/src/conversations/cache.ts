import type {
  Conversation,
  ConversationRead,
  ConversationUpdated,
  Member,
  MemberAdded,
  MemberRemoved,
  Message,
  MessageDeleted,
  MessageReached,
  Page,
  PublicUser,
  RequestState,
} from "@/api/types";
import { tombstone } from "@/messages/tombstone";

/** All conversations held, whatever page or event they came with. */
export interface ConversationIndex {
  readonly byId: Readonly<Record<string, Conversation>>;
  /** Where the next page of the list begins; null at the end. */
  readonly nextCursor: string | null;
}

export const EMPTY_INDEX: ConversationIndex = { byId: {}, nextCursor: null };

/** With a page of the list. */
export function withPage(index: ConversationIndex, page: Page<Conversation>): ConversationIndex {
  return { ...page.items.reduce(withConversation, index), nextCursor: page.nextCursor };
}

/**
 * With a conversation as an answer tells it; what live events told since is kept. So is its `lastChange`: an answer says
 * nothing of the edits and deletions up to the one it names, which the next catching-up is to tell.
 */
export function withConversation(index: ConversationIndex, incoming: Conversation): ConversationIndex {
  const held = index.byId[incoming.id];
  if (held === undefined) return put(index, incoming);
  return put(index, { ...newest(held, incoming), lastChange: held.lastChange });
}

/** With a conversation of which all changes are known: from catching up, or new to the user. */
export function withSynced(index: ConversationIndex, incoming: Conversation): ConversationIndex {
  const held = index.byId[incoming.id];
  if (held === undefined) return put(index, incoming);
  return put(index, { ...newest(held, incoming), lastChange: Math.max(held.lastChange, incoming.lastChange) });
}

export function without(index: ConversationIndex, id: string): ConversationIndex {
  if (index.byId[id] === undefined) return index;
  return { ...index, byId: Object.fromEntries(Object.entries(index.byId).filter(([held]) => held !== id)) };
}

/** With a live message as the last one of its conversation. The same index when it is known or not held. */
export function withMessage(index: ConversationIndex, message: Message, meId: number): ConversationIndex {
  const held = index.byId[message.conversationId];
  if (held === undefined || message.seq <= held.lastSeq) return index;
  const mine = message.senderId === meId && message.type === "user";
  return put(index, {
    ...held,
    lastSeq: message.seq,
    lastMessage: message,
    lastActivityAt: message.createdAt,
    // An archived conversation comes back when somebody writes; one that is muted, too, only when the user does.
    me: {
      ...readUpTo(held, mine ? message.seq : 0, message.seq),
      hidden: BELONGS.archived(held) && held.me.muted && !mine,
    },
  });
}

/** With the new text of a message. */
export function withEdited(index: ConversationIndex, message: Message): ConversationIndex {
  return change(index, message.conversationId, message.change, (held) =>
    held.lastMessage?.id === message.id ? { lastMessage: message } : {},
  );
}

/** With a tombstone in place of a message. */
export function withDeleted(index: ConversationIndex, event: MessageDeleted): ConversationIndex {
  return change(index, event.conversationId, event.change, ({ lastMessage }) =>
    lastMessage?.id === event.messageId ? { lastMessage: tombstone(lastMessage, event) } : {},
  );
}

/** With how far someone, perhaps the user on another device, has read. */
export function withRead(index: ConversationIndex, read: ConversationRead, meId: number): ConversationIndex {
  const { conversationId, userId, lastReadSeq } = read;
  const held = index.byId[conversationId];
  if (held === undefined) return index;
  const reached = withWatermarks(held, userId, lastReadSeq, lastReadSeq);
  return put(index, userId === meId ? { ...reached, me: readUpTo(held, lastReadSeq, held.lastSeq) } : reached);
}

/** With how far messages have reached someone. */
export function withReached(index: ConversationIndex, event: MessageReached): ConversationIndex {
  const held = index.byId[event.conversationId];
  if (held === undefined) return index;
  return put(index, withWatermarks(held, event.userId, event.status === "read" ? event.seq : 0, event.seq));
}

/** With what is other than it was: name, picture, roles, or the user's own settings. */
export function withUpdated(index: ConversationIndex, event: ConversationUpdated, meId: number): ConversationIndex {
  const { name, avatarUrl, endedAt, roles = [], me } = event;
  return change(index, event.conversationId, event.change, (held) => {
    const roleOf = (userId: number) => roles.find((role) => role.userId === userId)?.role;
    const own = me === undefined ? held.me : { ...readUpTo(held, me.lastReadSeq, held.lastSeq), ...settings(me) };
    // Who is gone is no member any more.
    const members = endedAt === undefined ? held.members : held.members.filter(({ userId }) => userId === meId);
    return {
      ...(name !== undefined && { name }),
      ...(avatarUrl !== undefined && { avatarUrl: avatarUrl === "" ? null : avatarUrl }),
      ...(endedAt !== undefined && { endedAt, memberCount: members.length }),
      members: members.map((member) => ({ ...member, role: roleOf(member.userId) ?? member.role })),
      me: { ...own, role: roleOf(meId) ?? own.role },
    };
  });
}

const settings = ({ role, muted, mutedUntil, pinned, hidden, request }: Conversation["me"]) => ({
  role,
  muted,
  mutedUntil,
  pinned,
  hidden,
  request,
});

/** With people who were put into a group. */
export function withMembersAdded(index: ConversationIndex, event: MemberAdded): ConversationIndex {
  return change(index, event.conversationId, event.change, ({ members }) => {
    const added = new Set(event.members.map(({ userId }) => userId));
    return {
      members: [...members.filter(({ userId }) => !added.has(userId)), ...event.members],
      memberCount: event.memberCount,
    };
  });
}

/** Without somebody who is no longer in a group; without the group, if that is the user. */
export function withMemberRemoved(index: ConversationIndex, event: MemberRemoved, meId: number): ConversationIndex {
  if (event.userId === meId) return without(index, event.conversationId);
  return change(index, event.conversationId, event.change, ({ members }) => ({
    members: members.filter(({ userId }) => userId !== event.userId),
    memberCount: event.memberCount,
  }));
}

/** With what somebody said to a direct conversation that the other has begun. */
export function withRequest(
  index: ConversationIndex,
  event: { conversationId: string; userId: number; request: RequestState; change: number },
  meId: number,
): ConversationIndex {
  const { userId, request } = event;
  return change(index, event.conversationId, event.change, ({ members, me }) => ({
    members: members.map((member) => (member.userId === userId ? { ...member, request } : member)),
    ...(userId === meId && { me: { ...me, request, hidden: request === "declined" } }),
  }));
}

/** With somebody's new name or picture, wherever they are a member. */
export function withUser(index: ConversationIndex, user: PublicUser): ConversationIndex {
  const { userId, username, displayName, avatarUrl } = user;
  const isConcerned = ({ members }: Conversation) => members.some((member) => member.userId === userId);
  return Object.values(index.byId)
    .filter(isConcerned)
    .reduce(
      (next, held) =>
        put(next, {
          ...held,
          members: held.members.map((member) =>
            member.userId === userId ? { ...member, username, displayName, avatarUrl } : member,
          ),
        }),
      index,
    );
}

/** All that is held: pinned first, then newest activity. */
export function byActivity(index: ConversationIndex): Conversation[] {
  return Object.values(index.byId).sort(
    (a, b) =>
      Number(b.me.pinned) - Number(a.me.pinned) || compare(b.lastActivityAt, a.lastActivityAt) || compare(a.id, b.id),
  );
}

/** The parts of the list. */
export const SECTIONS = ["all", "unread", "requests", "archived"] as const;
export type Section = (typeof SECTIONS)[number];

const BELONGS: Record<Section, (conversation: Conversation) => boolean> = {
  all: ({ me }) => !me.hidden && me.request !== "pending",
  unread: ({ me }) => !me.hidden && me.request !== "pending" && me.unread > 0,
  requests: ({ me }) => !me.hidden && me.request === "pending",
  // One whose history the user has deleted is hidden, too, and has nothing to show.
  archived: ({ me, lastMessage, lastSeq }) =>
    me.hidden && me.request !== "declined" && (lastMessage !== null || lastSeq === 0),
};

/** What a part of the list shows. */
export function listed(index: ConversationIndex, section: Section = "all"): Conversation[] {
  return byActivity(index).filter(BELONGS[section]);
}

/** The conversation `step` lines further down the list; the first or last one when none is open. */
export function neighbour(index: ConversationIndex, id: string | undefined, step: 1 | -1): Conversation | undefined {
  const list = listed(index);
  const place = list.findIndex((conversation) => conversation.id === id);
  return place === -1 ? list.at(step === 1 ? 0 : -1) : list[place + step];
}

/** What calls for attention: muted conversations do not. */
export function totalUnread(index: ConversationIndex): number {
  return listed(index).reduce((sum, { me }) => sum + (me.muted ? 0 : me.unread), 0);
}

export function requestCount(index: ConversationIndex): number {
  return listed(index, "requests").length;
}

function put(index: ConversationIndex, conversation: Conversation): ConversationIndex {
  return { ...index, byId: { ...index.byId, [conversation.id]: conversation } };
}

/**
 * With what a numbered change does. `lastChange` follows while no number is missing: one that is may be another member's
 * own affair, or lost on the way, and then the next catching-up tells it.
 */
function change(
  index: ConversationIndex,
  id: string,
  number: number | undefined,
  effect: (held: Conversation) => Partial<Conversation>,
): ConversationIndex {
  const held = index.byId[id];
  if (held === undefined) return index;
  const lastChange = number === held.lastChange + 1 ? number : held.lastChange;
  return put(index, { ...held, ...effect(held), lastChange });
}

/** A member has read up to the furthest place ever told: answers and events may cross on the way. */
function readUpTo({ me, lastSeq }: Conversation, seq: number, newLastSeq: number): Conversation["me"] {
  // What was there before the user deleted the history is read as well, so the place is told by what is unread.
  const known = Math.max(lastSeq - me.unread, seq);
  return { ...me, lastReadSeq: Math.max(me.lastReadSeq, seq), unread: Math.max(0, newLastSeq - known) };
}

function withWatermarks(held: Conversation, userId: number, read: number, delivered: number): Conversation {
  const members = held.members.map((member) =>
    member.userId === userId && (member.lastReadSeq < read || member.lastDeliveredSeq < delivered)
      ? {
          ...member,
          lastReadSeq: Math.max(member.lastReadSeq, read),
          lastDeliveredSeq: Math.max(member.lastDeliveredSeq, delivered),
        }
      : member,
  );
  return { ...held, members };
}

function newest(held: Conversation, incoming: Conversation): Conversation {
  const ahead = held.lastSeq > incoming.lastSeq ? held : incoming;
  // What was asked for before an event came knows nothing of it.
  const latest = held.lastChange > incoming.lastChange ? held : incoming;
  // A list names only the first members of a group: do not lose those known from elsewhere.
  const isShortened = latest.members.length < Math.min(latest.memberCount, held.members.length);
  const members = withFurthest((isShortened ? held : latest).members, (latest === held ? incoming : held).members);
  const read = Math.max(held.lastSeq - held.me.unread, incoming.lastSeq - incoming.me.unread);
  return {
    ...latest,
    lastSeq: ahead.lastSeq,
    lastMessage: ahead.lastMessage,
    lastActivityAt: ahead.lastActivityAt,
    members,
    me: {
      ...latest.me,
      lastReadSeq: Math.max(held.me.lastReadSeq, incoming.me.lastReadSeq),
      unread: Math.max(0, ahead.lastSeq - read),
    },
  };
}

/** Members with the furthest of their watermarks. */
function withFurthest(members: readonly Member[], others: readonly Member[]): Member[] {
  const byId = new Map(others.map((other) => [other.userId, other]));
  return members.map((member) => {
    const other = byId.get(member.userId);
    if (other === undefined) return member;
    return {
      ...member,
      lastReadSeq: Math.max(member.lastReadSeq, other.lastReadSeq),
      lastDeliveredSeq: Math.max(member.lastDeliveredSeq, other.lastDeliveredSeq),
    };
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
