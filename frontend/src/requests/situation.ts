import type { Conversation } from "@/api/types";
import { otherMember } from "@/conversations/describe";

/** How many messages may be written to somebody who has not agreed yet. */
export const UNASKED = 3;

/** How two people stand to talking with each other. */
export type Situation =
  | { kind: "agreed" }
  /** The other has begun, and the user has not said yet, or has refused. */
  | { kind: "asked" }
  | { kind: "refused" }
  /** The user has begun; so many messages may still be written. */
  | { kind: "asking"; left: number }
  | { kind: "turned-down" };

/** `queued` messages are on their way and count as written. */
export function situationOf(conversation: Conversation, meId: number, queued: number): Situation {
  if (conversation.type === "group") return { kind: "agreed" };
  if (conversation.me.request === "pending") return { kind: "asked" };
  if (conversation.me.request === "declined") return { kind: "refused" };
  const other = otherMember(conversation, meId);
  if (other?.request === "declined") return { kind: "turned-down" };
  if (other?.request === "pending") {
    return { kind: "asking", left: Math.max(0, UNASKED - conversation.lastSeq - queued) };
  }
  return { kind: "agreed" };
}
