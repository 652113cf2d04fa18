import { isRetryable } from "@/api/errors";
import type { ReadState } from "@/api/types";
import { backoff, delay } from "@/lib/time";
import { socketRequest } from "@/realtime/request";
import { chat } from "@/realtime/sockets";
import { withRead } from "./cache";
import { updateConversations } from "./queries";

/** What is read in quick succession is told once. */
const GATHER_MS = 150;

const keyOf = (userId: number): string => `warren.reads.${userId}`;

/** How far each conversation has been read but not yet told; kept, since here it counts as read from now on. */
const wanted = new Map<string, number>();

/** Marks a conversation read up to `seq`: at once here, then on the server, however long the connection is away. */
export function markRead(conversationId: string, seq: number, meId: number): void {
  updateConversations((index) => withRead(index, { conversationId, userId: meId, lastReadSeq: seq }, meId));
  const isUnderWay = wanted.has(conversationId);
  wanted.set(conversationId, seq);
  keep(meId);
  if (!isUnderWay) void tell(conversationId, meId);
}

/** Goes on telling what an earlier page could not. */
export function resumeReads(meId: number): void {
  for (const [conversationId, seq] of Object.entries(kept(meId))) {
    if (typeof seq === "number") markRead(conversationId, seq, meId);
  }
}

/** Forgets what was not told: the user has changed. With their id, also what is kept of it. */
export function forgetReads(userId: number | null): void {
  wanted.clear();
  if (userId !== null) keep(userId);
}

/** What an earlier page kept; nothing where the browser keeps nothing, or something else. */
function kept(meId: number): Record<string, unknown> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(keyOf(meId)) ?? "{}");
    return typeof stored === "object" && stored !== null ? (stored as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function keep(meId: number): void {
  try {
    if (wanted.size === 0) localStorage.removeItem(keyOf(meId));
    else localStorage.setItem(keyOf(meId), JSON.stringify(Object.fromEntries(wanted)));
  } catch (error) {
    console.warn("What has been read cannot be kept in this browser; it is told while this tab lives.", error);
  }
}

async function tell(conversationId: string, meId: number): Promise<void> {
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
      keep(meId);
      return;
    }
  }
}
