import type { Conversation, ConversationRead, Message, Page } from "@/api/types";

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

/** With a conversation as the server knows it; what live events told since is kept. */
export function withConversation(index: ConversationIndex, incoming: Conversation): ConversationIndex {
  const held = index.byId[incoming.id];
  return put(index, held === undefined ? incoming : newest(held, incoming));
}

export function without(index: ConversationIndex, id: string): ConversationIndex {
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
    me: readUpTo(held.me, mine ? message.seq : 0, message.seq),
  });
}

/** With how far someone, perhaps the user on another device, has read. */
export function withRead(index: ConversationIndex, read: ConversationRead, meId: number): ConversationIndex {
  const held = index.byId[read.conversationId];
  if (held === undefined) return index;
  const members = held.members.map((member) =>
    member.userId === read.userId && member.lastReadSeq < read.lastReadSeq
      ? { ...member, lastReadSeq: read.lastReadSeq }
      : member,
  );
  const me = read.userId === meId ? readUpTo(held.me, read.lastReadSeq, held.lastSeq) : held.me;
  return put(index, { ...held, members, me });
}

/** All that is held, newest activity first. */
export function byActivity(index: ConversationIndex): Conversation[] {
  return Object.values(index.byId).sort((a, b) => compare(b.lastActivityAt, a.lastActivityAt) || compare(a.id, b.id));
}

/** What the list shows. */
export function listed(index: ConversationIndex): Conversation[] {
  return byActivity(index).filter((conversation) => !conversation.me.hidden);
}

/** The conversation `step` lines further down the list; the first or last one when none is open. */
export function neighbour(index: ConversationIndex, id: string | undefined, step: 1 | -1): Conversation | undefined {
  const list = listed(index);
  const place = list.findIndex((conversation) => conversation.id === id);
  return place === -1 ? list.at(step === 1 ? 0 : -1) : list[place + step];
}

export function totalUnread(index: ConversationIndex): number {
  return listed(index).reduce((sum, conversation) => sum + conversation.me.unread, 0);
}

function put(index: ConversationIndex, conversation: Conversation): ConversationIndex {
  return { ...index, byId: { ...index.byId, [conversation.id]: conversation } };
}

/** A member has read up to the furthest place ever told: answers and events may cross on the way. */
function readUpTo(me: Conversation["me"], seq: number, lastSeq: number): Conversation["me"] {
  const lastReadSeq = Math.max(me.lastReadSeq, seq);
  return { ...me, lastReadSeq, unread: Math.max(0, lastSeq - lastReadSeq) };
}

function newest(held: Conversation, incoming: Conversation): Conversation {
  const ahead = held.lastSeq > incoming.lastSeq ? held : incoming;
  // A list names only the first members of a group: do not lose those known from elsewhere.
  const shortened = incoming.members.length < Math.min(incoming.memberCount, held.members.length);
  return {
    ...incoming,
    lastSeq: ahead.lastSeq,
    lastMessage: ahead.lastMessage,
    lastActivityAt: ahead.lastActivityAt,
    members: shortened ? held.members : incoming.members,
    me: readUpTo(incoming.me, held.me.lastReadSeq, ahead.lastSeq),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
