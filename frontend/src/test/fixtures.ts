import type { Conversation, Message, Notification, SignedIn } from "@/api/types";

export const ME = 1;
export const OTHER = 2;

/** A point in time `minutes` after noon. */
export const at = (minutes: number): string => new Date(Date.UTC(2026, 0, 15, 12, minutes)).toISOString();

export function message(seq: number, change: Partial<Message> = {}): Message {
  const conversationId = change.conversationId ?? "d1-2";
  return {
    id: `${conversationId}.${String(seq).padStart(10, "0")}`,
    conversationId,
    seq,
    type: "user",
    senderId: OTHER,
    content: `message ${seq}`,
    attachments: [],
    createdAt: at(seq),
    editedAt: null,
    deletedAt: null,
    deletedBy: null,
    ...change,
  };
}

export const messages = (from: number, to: number): Message[] =>
  Array.from({ length: to - from + 1 }, (_, index) => message(from + index));

export function conversation(change: Partial<Conversation> = {}): Conversation {
  const lastSeq = change.lastSeq ?? 0;
  const person = (userId: number, name: string) => ({
    userId,
    role: "member" as const,
    username: name.toLowerCase(),
    displayName: name,
    avatarUrl: null,
    lastReadSeq: 0,
    lastDeliveredSeq: 0,
    request: "accepted" as const,
  });
  return {
    id: "d1-2",
    type: "direct",
    name: null,
    avatarUrl: null,
    createdBy: ME,
    createdAt: at(0),
    lastSeq,
    lastChange: 0,
    lastActivityAt: at(lastSeq),
    endedAt: null,
    lastMessage: lastSeq === 0 ? null : message(lastSeq),
    memberCount: 2,
    members: [person(ME, "Ada"), person(OTHER, "Grace")],
    me: {
      role: "member",
      lastReadSeq: 0,
      unread: lastSeq,
      muted: false,
      mutedUntil: null,
      pinned: false,
      hidden: false,
      request: "accepted",
    },
    ...change,
  };
}

export function notification(id: string, change: Partial<Notification> = {}): Notification {
  return {
    id,
    type: "message",
    title: "Grace",
    content: "hello",
    conversationId: "d1-2",
    senderId: OTHER,
    firstSeq: 1,
    lastSeq: 1,
    count: 1,
    isRead: false,
    createdAt: at(0),
    updatedAt: at(0),
    ...change,
  };
}

/** A session whose token ends in `ttlMs`. */
export function session(accessToken: string, ttlMs = 900_000): SignedIn {
  return {
    accessToken,
    expiresAt: new Date(Date.now() + ttlMs).toISOString(),
    user: {
      userId: ME,
      username: "ada",
      displayName: "Ada",
      avatarUrl: null,
      createdAt: at(0),
      email: "ada@example.org",
      roles: ["user"],
    },
  };
}
