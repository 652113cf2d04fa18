import type { Held, Synced } from "@/api/types";
import { byActivity, type ConversationIndex } from "@/conversations/cache";
import type { Timeline } from "@/messages/timeline";

/** The most conversations the server takes in one request. */
const MAX_HELD = 1_000;
/** The most missed messages per conversation; with more, the server resets it. */
const LIMIT = 50;

/** What is held. Of a conversation without a timeline, what its entry in the list tells. */
export function heldOf(index: ConversationIndex, timelineOf: (id: string) => Timeline | undefined): Held[] {
  return byActivity(index)
    .slice(0, MAX_HELD)
    .map(({ id, lastSeq, lastChange, me }) => ({
      id,
      seq: timelineOf(id)?.upTo ?? lastSeq,
      change: lastChange,
      read: me.lastReadSeq,
    }));
}

/** Asks for all that was missed, page by page, with the same `held` throughout. */
export async function catchUp(
  held: Held[],
  ask: (payload: unknown) => Promise<Synced>,
  apply: (synced: Synced) => void,
): Promise<void> {
  let cursor: string | null = null;
  do {
    const synced: Synced = await ask({ conversations: held, limit: LIMIT, ...(cursor !== null && { cursor }) });
    apply(synced);
    cursor = synced.nextCursor;
  } while (cursor !== null);
}
