/**
 * The API's shapes, as the client uses them. contract.ts compares them with the documents, from which `npm run types`
 * generates schema.ts.
 */

/** RFC 3339 in UTC with milliseconds, so that texts sort as times do. */
export type Timestamp = string;

export interface PublicUser {
  userId: number;
  username: string;
  displayName: string;
  avatarUrl: string | null;
  createdAt: Timestamp;
}

export interface Me extends PublicUser {
  email: string;
  roles: string[];
  bio?: string | null;
}

/** Somebody's page. */
export interface Profile extends PublicUser {
  bio: string | null;
  /** Whether the user has blocked them. */
  blocked: boolean;
}

/** Changes of a profile: what is absent stays, `null` takes away. */
export interface UpdateUser {
  username?: string;
  displayName?: string;
  avatarUrl?: string | null;
  bio?: string | null;
}

export interface Blocked {
  user: PublicUser;
  blockedAt: Timestamp;
}

export interface Presence {
  userId: number;
  online: boolean;
  /** Since when they are online, or when they were last seen. */
  since: Timestamp | null;
}

export interface DeviceSession {
  id: string;
  userAgent: string;
  address: string;
  createdAt: Timestamp;
  lastUsedAt: Timestamp;
  /** Whether it is the device that asks. */
  current: boolean;
}

export interface ChangePassword {
  currentPassword: string;
  newPassword: string;
}

export type AccountStatus = "active" | "suspended" | "deleted";
export type Role = "admin" | "moderator" | "user";

/** An account, as administrators see it. */
export interface AccountView extends Me {
  status: AccountStatus;
  suspendedReason: string | null;
  suspendedUntil: Timestamp | null;
}

export interface Suspend {
  reason: string;
  /** When it ends by itself; never if absent. */
  until?: Timestamp;
}

export interface SignedIn {
  user: Me;
  accessToken: string;
  expiresAt: Timestamp;
}

export interface Register {
  username: string;
  email: string;
  password: string;
  displayName?: string;
}

export interface Login {
  /** The e-mail address or the username. */
  email: string;
  password: string;
}

export type ConversationType = "direct" | "group";
export type MemberRole = "owner" | "moderator" | "member";

/** How a member of a direct conversation stands to the other's wish to talk; `accepted` in groups. */
export type RequestState = "accepted" | "pending" | "declined";

export interface Member {
  userId: number;
  role: MemberRole;
  username: string;
  displayName: string;
  avatarUrl: string | null;
  lastReadSeq: number;
  lastDeliveredSeq: number;
  request: RequestState;
}

export interface OwnState {
  role: MemberRole;
  lastReadSeq: number;
  unread: number;
  muted: boolean;
  /** Until when, if not for good. */
  mutedUntil: Timestamp | null;
  pinned: boolean;
  /** Archived: not listed, until somebody writes. */
  hidden: boolean;
  request: RequestState;
}

/** What is absent stays. */
export interface UpdateSettings {
  muted?: boolean;
  mutedUntil?: Timestamp;
  pinned?: boolean;
  hidden?: boolean;
}

export interface ConversationSettings {
  conversationId: string;
  change: number;
  me: OwnState;
}

export interface ConversationRef {
  conversationId: string;
}

/** The conversation is no longer the user's. */
export interface ConversationDone {
  conversationId: string;
  change: number;
}

export interface Conversation {
  id: string;
  type: ConversationType;
  name: string | null;
  /** A group's picture. */
  avatarUrl: string | null;
  createdBy: number;
  createdAt: Timestamp;
  /** The place of the last message; 0 when there is none. */
  lastSeq: number;
  /** Counts edits, deletions and other changes to what exists. */
  lastChange: number;
  lastActivityAt: Timestamp;
  lastMessage: Message | null;
  /** Since when nothing can be written any more: the other's account is gone. */
  endedAt: Timestamp | null;
  memberCount: number;
  /** All members, but the first ten in lists. */
  members: Member[];
  me: OwnState;
}

export interface CreateConversation {
  type: ConversationType;
  participantIds: number[];
  name?: string;
  /** Makes repeating this creation safe. */
  clientId?: string;
}

export interface Message {
  /** `<conversationId>.<seq, 10 digits>`. */
  id: string;
  conversationId: string;
  /** The place in the conversation, from 1, without gaps. */
  seq: number;
  type: "user" | "system";
  senderId: number;
  content: string;
  attachments: string[];
  /** What is known of those attachments that were uploaded. */
  files?: FileView[];
  /** The members whom the text names. */
  mentions?: number[];
  /** Whether the text names everybody. */
  mentionsAll?: boolean;
  /** The id of the message that it answers, in the same conversation. */
  replyTo?: string;
  clientId?: string;
  createdAt: Timestamp;
  editedAt: Timestamp | null;
  deletedAt: Timestamp | null;
  deletedBy: number | null;
  /** The number of its last edit or deletion among the conversation's changes. */
  change?: number;
  /** What a message of the system tells. */
  system?: SystemEvent;
}

/** An uploaded file. */
export interface FileView {
  fileId: string;
  /** Where the members of its conversation get it, below the API's address. */
  url: string;
  name: string;
  /** By its content, not by its name. */
  mediaType: string;
  /** In bytes. */
  size: number;
}

/** A change of a group, as it stands in its history. */
export interface SystemEvent {
  kind: "updated" | "membersAdded" | "memberRemoved" | "memberLeft" | "roleChanged";
  actorId: number;
  /** To whom. */
  subjectIds?: number[];
  /** The new name. */
  name?: string;
  /** The new picture; empty if it was taken away. */
  avatarUrl?: string;
  /** What the subject may do from now on. */
  role?: MemberRole;
  /** Who owns the group after its owner has left. */
  newOwnerId?: number;
}

export interface SendMessage {
  conversationId: string;
  content: string;
  attachments?: string[];
  /** The id of the message that it answers. */
  replyTo?: string;
  /** Makes repeating this message safe: the same one is never stored twice. */
  clientId: string;
}

export interface ReadState {
  conversationId: string;
  lastReadSeq: number;
  unread: number;
}

export interface DeliveryState {
  conversationId: string;
  lastDeliveredSeq: number;
}

/** What the client holds of one conversation. */
export interface Held {
  id: string;
  /** The highest place up to which everything is held. */
  seq: number;
  change: number;
  /** The user's own `lastReadSeq`. */
  read: number;
}

export interface SyncedConversation {
  conversation: Conversation;
  /** The messages missed, ascending; with `reset`, the newest page. */
  messages: Message[];
  /** Messages up to the place held that were edited or deleted since. */
  changed: Message[];
  /** Drop what is held of this conversation and start from `messages`. */
  reset: boolean;
}

export interface Synced {
  conversations: SyncedConversation[];
  /** Held conversations the user is no longer a member of. */
  gone: string[];
  nextCursor: string | null;
}

export interface Notification {
  id: string;
  type: "message" | "mention" | "request" | "group_invite" | "system";
  title: string;
  content: string;
  conversationId: string | null;
  senderId: number | null;
  firstSeq: number | null;
  lastSeq: number | null;
  count: number;
  isRead: boolean;
  createdAt: Timestamp;
  updatedAt: Timestamp;
}

/** A word from the operators: to everybody, or to those who hold a role or are named. */
export interface SendBroadcast {
  title: string;
  content: string;
  roles: Role[];
  userIds: number[];
  clientId: string;
}

/** A broadcast, and for how many people it has been handed over so far. */
export interface Broadcast {
  id: string;
  title: string;
  content: string;
  createdAt: Timestamp;
  sent: number;
  done: boolean;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** One mistake in a request. */
export interface Violation {
  field: string;
  message: string;
}

export type ErrorCode =
  | "AUTH_INVALID"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "INVALID_INPUT"
  | "CONFLICT"
  | "RATE_LIMITED"
  | "BUSY"
  | "UNAVAILABLE"
  | "TIMEOUT"
  | "INTERNAL";

/** RFC 9457 with the contract's additions. */
export interface Problem {
  title: string;
  status: number;
  detail?: string;
  code: ErrorCode;
  errors?: Violation[];
  traceId?: string;
}

export type Ack<T> =
  { ok: true; data: T } | { ok: false; error: { code: ErrorCode; message: string; errors?: Violation[] } };

/** Events from the server on `/chat`. */
export interface ChatEvents {
  "message:created": (message: Message) => void;
  "message:updated": (message: Message) => void;
  "message:deleted": (event: MessageDeleted) => void;
  "message:status": (event: MessageReached) => void;
  "conversation:created": (event: { conversationId: string; conversation: Conversation }) => void;
  "conversation:invited": (event: { conversationId: string; conversation: Conversation }) => void;
  "conversation:updated": (event: ConversationUpdated) => void;
  "conversation:deleted": (event: ConversationDone) => void;
  "conversation:member-added": (event: MemberAdded) => void;
  "conversation:member-removed": (event: MemberRemoved) => void;
  "conversation:read": (event: ConversationRead) => void;
  "request:accepted": (event: { conversationId: string; acceptedBy: number; change: number }) => void;
  "request:declined": (event: { conversationId: string; declinedBy: number; change: number }) => void;
  typing: (event: UserTyping) => void;
  "presence:changed": (presence: Presence) => void;
  "user:updated": (user: PublicUser & { bio: string | null }) => void;
  "user:blocked": (event: { userId: number; blocked: boolean }) => void;
  "user:roles": (event: { roles: string[] }) => void;
  "session:expiring": (event: { expiresAt: string }) => void;
  "session:revoked": (event: { reason: string }) => void;
}

/** Somebody is typing, or no longer; only told of conversations that are shown. */
export interface UserTyping {
  conversationId: string;
  userId: number;
  isTyping: boolean;
}

export interface MessageDeleted {
  messageId: string;
  conversationId: string;
  seq: number;
  deletedBy: number;
  deletedAt: Timestamp;
  change: number;
}

/** Up to and with a message, somebody has received or read what there is. */
export interface MessageReached {
  conversationId: string;
  messageId: string;
  seq: number;
  userId: number;
  status: "delivered" | "read";
}

/** What is absent is as it was. */
export interface ConversationUpdated {
  conversationId: string;
  change?: number;
  actorId: number;
  name?: string;
  /** Empty if it was taken away. */
  avatarUrl?: string;
  /** Since when nothing can be written any more. */
  endedAt?: Timestamp;
  roles?: { userId: number; role: MemberRole }[];
  /** The user's own state. */
  me?: OwnState;
}

export interface MemberAdded {
  conversationId: string;
  actorId: number;
  userIds: number[];
  members: Member[];
  memberCount: number;
  change: number;
}

export interface MemberRemoved {
  conversationId: string;
  actorId: number;
  userId: number;
  memberCount: number;
  change: number;
  /** Told to services only. */
  lastSeq?: number;
}

export interface ConversationRead {
  conversationId: string;
  userId: number;
  lastReadSeq: number;
}

/** Events from the server on `/notifications`. */
export interface NotificationEvents {
  "notification:created": (notification: Notification) => void;
  "notification:updated": (notification: Notification) => void;
  "notification:read": (event: { notificationId: string | null }) => void;
  "notification:deleted": (event: { notificationId: string }) => void;
  "notification:count": (event: { count: number }) => void;
}
