import type { Conversation, Member } from "@/api/types";

/** How far a message of the user's has come: on the server, on a device of everybody, read by everybody. */
export type Mark = "sent" | "delivered" | "read";

/** How far messages have reached the others of a conversation. */
export interface Reach {
  readonly others: readonly Member[];
  /** Up to this place everybody has them. */
  readonly delivered: number;
  /** Up to this place everybody has read them. */
  readonly read: number;
}

export function reachOf(conversation: Conversation, meId: number): Reach {
  const others = conversation.members.filter(({ userId }) => userId !== meId);
  // Of large groups only the first members may be known yet.
  const isComplete = others.length > 0 && conversation.members.length >= conversation.memberCount;
  const least = (place: (member: Member) => number) => (isComplete ? Math.min(...others.map(place)) : 0);
  return {
    others,
    delivered: least(({ lastDeliveredSeq, lastReadSeq }) => Math.max(lastDeliveredSeq, lastReadSeq)),
    read: least(({ lastReadSeq }) => lastReadSeq),
  };
}

export function markOf({ read, delivered }: Reach, seq: number): Mark {
  return read >= seq ? "read" : delivered >= seq ? "delivered" : "sent";
}

/** Who has read a message. */
export function seenBy({ others }: Reach, seq: number): Member[] {
  return others.filter(({ lastReadSeq }) => lastReadSeq >= seq);
}

/** Whom a message has reached who have not read it. */
export function deliveredTo({ others }: Reach, seq: number): Member[] {
  return others.filter(({ lastReadSeq, lastDeliveredSeq }) => lastReadSeq < seq && lastDeliveredSeq >= seq);
}
