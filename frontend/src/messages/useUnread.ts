import { useEffect, useMemo, useRef, useState } from "react";
import type { Conversation } from "@/api/types";
import type { Row } from "./rows";

/** The first place that is unread; null when nothing is. It stays as it was when the conversation was opened. */
export function useFirstUnread({ lastSeq, me }: Conversation): number | null {
  const [first] = useState(() => (me.unread > 0 ? lastSeq - me.unread + 1 : null));
  return first;
}

interface Jump {
  /** Whether the first unread message is above what has been seen, so that there is something to jump to. */
  isOffered: boolean;
  /** Whether older messages are to be fetched until it is there. */
  isJumping: boolean;
  begin: () => void;
}

/** Leads to the first unread message, however far up it is. */
export function useJumpToUnread(
  firstUnread: number | null,
  rows: readonly Row[],
  firstVisible: number,
  canFetch: boolean,
  toRow: (index: number) => void,
): Jump {
  const [state, setState] = useState<"offered" | "jumping" | "done">("offered");
  const hasJumped = useRef(false);
  const row = useMemo(() => rows.findIndex(({ kind }) => kind === "unread"), [rows]);
  const isAbove = firstUnread !== null && (row === -1 ? canFetch : row < firstVisible);
  const isThere = row !== -1 || !canFetch;
  const isSeen = row !== -1 && firstVisible > 0 && row >= firstVisible;

  const isJumping = state === "jumping" && !isThere;
  useEffect(() => {
    if (state !== "jumping" || row === -1 || hasJumped.current) return;
    hasJumped.current = true;
    toRow(row);
  }, [state, row, toRow]);
  if (state === "offered" && isSeen) setState("done");

  return { isOffered: (state === "offered" && isAbove) || isJumping, isJumping, begin: () => setState("jumping") };
}
