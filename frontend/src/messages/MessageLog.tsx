import { ArrowDown } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Conversation } from "@/api/types";
import { useMe } from "@/auth/me";
import { markRead } from "@/conversations/markRead";
import { useAttention } from "@/lib/useAttention";
import { t } from "@/locales";
import { Older } from "./Older";
import { useOutbox } from "./outboxStore";
import { RowView } from "./RowView";
import { rowsOf } from "./rows";
import type { Timeline } from "./timeline";

/** Nearer to the end than this many pixels counts as being at the end. */
const END_PX = 48;

interface MessageLogProps {
  conversation: Conversation;
  name: string;
  timeline: Timeline;
}

/**
 * The messages, newest at the bottom. The scroller is laid out in reverse, so its origin is the end: it stays there when
 * messages arrive, and what is being read stays in place when older ones are put before it.
 */
export function MessageLog({ conversation, name, timeline }: MessageLogProps) {
  const { userId } = useMe();
  const { id, me } = conversation;
  const scroller = useRef<HTMLDivElement>(null);
  const [isAtEnd, setIsAtEnd] = useState(true);
  /** The last message seen before scrolling away from the end. */
  const [seenSeq, setSeenSeq] = useState(timeline.upTo);
  const entries = useOutbox((outbox) => outbox.entries);
  const outgoing = useMemo(() => entries.filter(({ conversationId }) => conversationId === id), [entries, id]);
  const rows = useMemo(() => rowsOf(timeline.items, outgoing, userId), [timeline.items, outgoing, userId]);
  const readByOther = conversation.members.find((member) => member.userId !== userId)?.lastReadSeq ?? 0;
  const unseen = isAtEnd
    ? 0
    : timeline.items.filter(({ seq, senderId }) => seq > seenSeq && senderId !== userId).length;

  const isRead = useAttention() && isAtEnd && me.lastReadSeq < timeline.upTo;
  useEffect(() => {
    if (isRead) markRead(id, timeline.upTo, userId);
  }, [isRead, id, timeline.upTo, userId]);

  const toEnd = () => scroller.current?.scrollTo({ top: 0 });
  // Whoever writes wants to see what they wrote.
  const lastWritten = outgoing.at(-1)?.clientId;
  useEffect(() => {
    if (lastWritten !== undefined) scroller.current?.scrollTo({ top: 0 });
  }, [lastWritten]);

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        tabIndex={0}
        aria-label={t("messages.log", { name })}
        role="log"
        onScroll={({ currentTarget }) => {
          const atEnd = Math.abs(currentTarget.scrollTop) < END_PX;
          if (isAtEnd && !atEnd) setSeenSeq(timeline.upTo);
          setIsAtEnd(atEnd);
        }}
        className="flex h-full flex-col-reverse overflow-x-hidden overflow-y-auto focus-visible:-outline-offset-2"
      >
        <div className="mx-auto flex w-full max-w-3xl flex-col px-3 pt-2 pb-4 md:px-6">
          <Older conversationId={id} timeline={timeline} />
          {rows.map((row) => (
            <RowView key={row.key} row={row} conversation={conversation} meId={userId} readByOther={readByOther} />
          ))}
        </div>
        {/* Pushes a short conversation to the top of the reversed column. */}
        <div className="flex-1" />
      </div>
      {!isAtEnd && (
        <button
          type="button"
          onClick={toEnd}
          aria-label={t("messages.toNewest")}
          className="absolute right-4 bottom-4 inline-flex min-h-10 min-w-10 animate-appear items-center justify-center gap-2 rounded-full border border-line bg-raised px-2.5 text-sm shadow-float hover:bg-hover"
        >
          {unseen > 0 && <span className="pl-1 font-medium">{t("messages.new", { count: unseen })}</span>}
          <ArrowDown aria-hidden className="size-4" />
        </button>
      )}
    </div>
  );
}
