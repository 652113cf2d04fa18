/**
 * The API's shapes, written from the contract. `npm run types` generates `schema.ts` from `/openapi.json` of a running
 * system; these names then become aliases of its schemas.
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

export interface Member {
  userId: number;
  role: MemberRole;
  username: string;
  displayName: string;
  avatarUrl: string | null;
  lastReadSeq: number;
  lastDeliveredSeq: number;
}

export interface OwnState {
  role: MemberRole;
  lastReadSeq: number;
  unread: number;
  muted: boolean;
  pinned: boolean;
  hidden: boolean;
}

export interface Conversation {
  id: string;
  type: ConversationType;
  name: string | null;
  createdBy: number;
  createdAt: Timestamp;
  /** The place of the last message; 0 when there is none. */
  lastSeq: number;
  /** Counts edits, deletions and other changes to what exists. */
  lastChange: number;
  lastActivityAt: Timestamp;
  lastMessage: Message | null;
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
  clientId?: string;
  createdAt: Timestamp;
  editedAt: Timestamp | null;
  deletedAt: Timestamp | null;
}

export interface SendMessage {
  conversationId: string;
  content: string;
  /** Makes repeating this message safe: the same one is never stored twice. */
  clientId: string;
}

export interface ReadState {
  conversationId: string;
  lastReadSeq: number;
  unread: number;
}

/** What the client holds of one conversation. */
export interface Held {
  id: string;
  /** The highest place up to which everything is held. */
  seq: number;
  change: number;
}

export interface SyncedConversation {
  conversation: Conversation;
  /** The messages missed, ascending; with `reset`, the newest page. */
  messages: Message[];
  /** Messages up to the place held that were edited or deleted since. */
  changed?: Message[];
  /** Drop what is held of this conversation and start from `messages`. */
  reset: boolean;
}

export interface Synced {
  conversations: SyncedConversation[];
  /** Held conversations the user is no longer a member of. */
  gone?: string[];
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
  "conversation:created": (event: { conversationId: string; conversation: Conversation }) => void;
  "conversation:read": (event: ConversationRead) => void;
  "session:expiring": (event: { expiresAt: string }) => void;
  "session:revoked": (event: { reason: string }) => void;
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
  "notification:count": (event: { count: number }) => void;
}
