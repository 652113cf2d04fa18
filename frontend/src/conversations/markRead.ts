import { isRetryable } from "@/api/errors";
import type { ReadState } from "@/api/types";
import { backoff, delay } from "@/lib/time";
import { socketRequest } from "@/realtime/request";
import { chat } from "@/realtime/sockets";
import { withRead } from "./cache";
import { updateConversations } from "./queries";

/** What is read in quick succession is told once. */
const GATHER_MS = 150;

/** How far each conversation has been read but not yet told. */
const wanted = new Map<string, number>();

/** Marks a conversation read up to `seq`: at once here, then on the server, however long the connection is away. */
export function markRead(conversationId: string, seq: number, meId: number): void {
  updateConversations((index) => withRead(index, { conversationId, userId: meId, lastReadSeq: seq }, meId));
  const isUnderWay = wanted.has(conversationId);
  wanted.set(conversationId, seq);
  if (!isUnderWay) void tell(conversationId);
}

/** Forgets what was not told: the user has changed. */
export function forgetReads(): void {
  wanted.clear();
}

async function tell(conversationId: string): Promise<void> {
  let failures = 0;
  for (;;) {
    await delay(failures === 0 ? GATHER_MS : backoff(failures, 500, 15_000));
    const seq = wanted.get(conversationId);
    if (seq === undefined) return;
    try {
      await socketRequest<ReadState>(chat, "conversation:mark-read", { conversationId, seq });
      failures = 0;
    } catch (error) {
      failures += 1;
      if (isRetryable(error)) continue;
    }
    if (wanted.get(conversationId) === seq) {
      wanted.delete(conversationId);
      return;
    }
  }
}
