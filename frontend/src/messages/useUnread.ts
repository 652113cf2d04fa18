import { useMemo, useState } from "react";
import type { Conversation } from "@/api/types";
import type { Row } from "./rows";
import type { Timeline } from "./timeline";

/** The first place that is unread; null when nothing is. It stays as it was when the conversation was opened. */
export function useFirstUnread({ lastSeq, me }: Conversation): number | null {
  const [first] = useState(() => (me.unread > 0 ? lastSeq - me.unread + 1 : null));
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
  const [isSeen, setIsSeen] = useState(false);
  const row = useMemo(() => rows.findIndex(({ kind }) => kind === "unread"), [rows]);
  if (!isSeen && (isVisited || (row !== -1 && firstVisible > 0 && row >= firstVisible))) setIsSeen(true);
  if (isSeen || firstUnread === null) return false;
  if (row !== -1) return row < firstVisible;
  return shown.before !== null && (shown.items[0]?.seq ?? 0) > firstUnread;
}
