import type { Notification } from "@/api/types";
import { readTimeline } from "@/messages/queries";
import { messagePath } from "@/messages/useVisits";

/** Where a notification leads: to what it tells of, and to the page of all where it tells of nothing else. */
export function pathOf(notification: Notification, meId: number): string {
  const { conversationId } = notification;
  if (conversationId === null) return "/inbox";
  const seq = mentionIn(conversationId, notification, meId);
  return seq === null ? `/c/${encodeURIComponent(conversationId)}` : messagePath(conversationId, seq);
}

/**
 * The place of the message that mentions the user, if it is known: a notification covers all that is unread, so among
 * several it is looked for in what is held, the newest first.
 */
function mentionIn(conversationId: string, { type, firstSeq, lastSeq }: Notification, meId: number): number | null {
  if (type !== "mention" || firstSeq === null || lastSeq === null) return null;
  if (firstSeq === lastSeq) return firstSeq;
  const found = readTimeline(conversationId)?.items.findLast(
    ({ seq, mentions = [], mentionsAll = false, senderId }) =>
      seq >= firstSeq && seq <= lastSeq && senderId !== meId && (mentionsAll || mentions.includes(meId)),
  );
  return found?.seq ?? null;
}
