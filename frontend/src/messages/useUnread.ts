import { useMemo, useState } from "react";
import type { Conversation } from "@/api/types";
import type { Row } from "./rows";
import type { Timeline } from "./timeline";

/**
 * The first place that is unread; null when nothing is. It stays as it was when the conversation was opened, until
 * something comes while nobody looks (`hasAttention`) and all before it has been read.
 */
export function useFirstUnread({ lastSeq, me }: Conversation, hasAttention: boolean): number | null {
  const now = me.unread > 0 ? lastSeq - me.unread + 1 : null;
  const [first, setFirst] = useState(now);
  if (!hasAttention && now !== null && now !== first && (first === null || me.lastReadSeq >= first)) setFirst(now);
  return first;
}

/**
 * Whether the first unread message is above what has been seen, so that there is something to jump to; no longer when it
 * has been on the screen (`isVisited`, or by scrolling).
 */
export function useUnreadAbove(
  firstUnread: number | null,
  shown: Timeline,
  rows: readonly Row[],
  firstVisible: number,
  isVisited: boolean,
): boolean {
  const [seen, setSeen] = useState<number | null>(null);
  const isSeen = seen !== null && seen === firstUnread;
  const row = useMemo(() => rows.findIndex(({ kind }) => kind === "unread"), [rows]);
  if (!isSeen && (isVisited || (row !== -1 && firstVisible > 0 && row >= firstVisible))) setSeen(firstUnread);
  if (isSeen || firstUnread === null) return false;
  if (row !== -1) return row < firstVisible;
  return shown.before !== null && (shown.items[0]?.seq ?? 0) > firstUnread;
}
