import { useEffect, useMemo, useRef, useState } from "react";
import type { Conversation } from "@/api/types";
import { useMe } from "@/auth/me";
import { markRead } from "@/conversations/markRead";
import { useAttention } from "@/lib/useAttention";
import { t } from "@/locales";
import { HistoryTop, OlderFailed, TOP_HEIGHT } from "./HistoryTop";
import { useOutbox } from "./outboxStore";
import { RowView } from "./RowView";
import { rowsOf } from "./rows";
import type { Timeline } from "./timeline";
import { ToNewest } from "./ToNewest";
import { useAnnounced } from "./useAnnounced";
import { useHistory } from "./useHistory";
import { useOlder } from "./useOlder";

/** Fewer rows than this above the screen, and older ones are fetched. */
const NEAR_TOP_ROWS = 20;

interface MessageLogProps {
  conversation: Conversation;
  name: string;
  timeline: Timeline;
}

/** The messages, newest at the bottom. */
export function MessageLog({ conversation, name, timeline }: MessageLogProps) {
  const { userId } = useMe();
  const { id, me } = conversation;
  /** The last message seen before scrolling away from the end; null while there. */
  const [seenSeq, setSeenSeq] = useState<number | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const entries = useOutbox((outbox) => outbox.entries);
  const outgoing = useMemo(() => entries.filter(({ conversationId }) => conversationId === id), [entries, id]);
  const rows = useMemo(
    () => rowsOf(timeline.items, outgoing, userId, timeline.before === null),
    [timeline.items, timeline.before, outgoing, userId],
  );
  const { firstRow, items, container, measure, isAtEnd, toEnd, onScroll } = useHistory(scroller, rows, TOP_HEIGHT);
  const older = useOlder(id, timeline.before, firstRow !== null && firstRow < NEAR_TOP_ROWS);
  const readByOther = conversation.members.find((member) => member.userId !== userId)?.lastReadSeq ?? 0;

  if (isAtEnd !== (seenSeq === null)) setSeenSeq(isAtEnd ? null : timeline.upTo);
  const unseen = useMemo(
    () =>
      seenSeq === null ? 0 : timeline.items.filter(({ seq, senderId }) => seq > seenSeq && senderId !== userId).length,
    [timeline.items, seenSeq, userId],
  );

  useAnnounced(conversation, timeline.items, userId);
  const isRead = useAttention() && isAtEnd && me.lastReadSeq < timeline.upTo;
  useEffect(() => {
    if (isRead) markRead(id, timeline.upTo, userId);
  }, [isRead, id, timeline.upTo, userId]);

  // Whoever writes wants to see what they wrote.
  const lastWritten = outgoing.at(-1)?.clientId;
  useEffect(() => {
    if (lastWritten !== undefined) toEnd();
  }, [lastWritten, toEnd]);

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        tabIndex={0}
        aria-label={t("messages.log", { name })}
        role="log"
        // Rows come and go with scrolling; what is new is said by useAnnounced.
        aria-live="off"
        onScroll={onScroll}
        className="h-full overflow-x-hidden overflow-y-auto [overflow-anchor:none] focus-visible:-outline-offset-2"
      >
        <div ref={container} className="relative mx-auto w-full max-w-3xl">
          <HistoryTop older={older} isEmpty={rows.length === 0} />
          {items.map(({ key, index }) => {
            const row = rows[index];
            return (
              row !== undefined && (
                <div key={key} ref={measure} data-index={index} className="absolute inset-x-0 flow-root px-3 md:px-6">
                  <RowView row={row} conversation={conversation} meId={userId} readByOther={readByOther} />
                </div>
              )
            );
          })}
        </div>
      </div>
      {older.state === "failed" && <OlderFailed older={older} />}
      {!isAtEnd && <ToNewest unseen={unseen} onClick={toEnd} />}
    </div>
  );
}
