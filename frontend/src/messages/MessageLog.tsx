import { useCallback, useEffect, useMemo, useRef, useState, type MouseEvent, type PointerEvent } from "react";
import type { Conversation, Message } from "@/api/types";
import { useMe } from "@/auth/me";
import { markRead } from "@/conversations/markRead";
import { useAttention } from "@/lib/useAttention";
import { t } from "@/locales";
import { TypingLine } from "@/typing/TypingLine";
import { ContextMenu } from "@/ui/ContextMenu";
import { DeleteMessage } from "./DeleteMessage";
import { HistoryTop, OlderFailed, TOP_HEIGHT } from "./HistoryTop";
import { reachOf } from "./marks";
import { MessageInfo } from "./MessageInfo";
import { MessageMenu } from "./MessageMenu";
import { useOutbox } from "./outboxStore";
import { RowView } from "./RowView";
import { rowsOf } from "./rows";
import type { Timeline } from "./timeline";
import { ToNewest } from "./ToNewest";
import { ToUnread } from "./ToUnread";
import { useAnnounced } from "./useAnnounced";
import { useHistory } from "./useHistory";
import { useOlder } from "./useOlder";
import { useFirstUnread, useJumpToUnread } from "./useUnread";
import { useWho } from "./useWho";

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
  /** The message whose menu is open, and what was chosen from one. */
  const [pointed, setPointed] = useState<Message | null>(null);
  const [shown, setShown] = useState<{ what: "info" | "delete"; message: Message } | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const entries = useOutbox((outbox) => outbox.entries);
  const outgoing = useMemo(() => entries.filter(({ conversationId }) => conversationId === id), [entries, id]);
  const firstUnread = useFirstUnread(conversation);
  const rows = useMemo(
    () => rowsOf(timeline.items, outgoing, userId, timeline.before === null, firstUnread),
    [timeline.items, timeline.before, outgoing, userId, firstUnread],
  );
  const history = useHistory(scroller, rows, TOP_HEIGHT);
  const { firstRow, items, container, measure, isAtEnd, toEnd, onScroll } = history;
  const [hasOlder, setHasOlder] = useState(true);
  const jump = useJumpToUnread(firstUnread, rows, history.firstVisible, hasOlder, history.toRow);
  const older = useOlder(id, timeline.before, jump.isJumping || (firstRow !== null && firstRow < NEAR_TOP_ROWS));
  const canFetch = older.state === "more" || older.state === "loading";
  if (canFetch !== hasOlder) setHasOlder(canFetch);
  const who = useWho(conversation, timeline.items);
  const reach = useMemo(() => reachOf(conversation, userId), [conversation, userId]);

  if (isAtEnd !== (seenSeq === null)) setSeenSeq(isAtEnd ? null : timeline.upTo);
  const unseen = useMemo(
    () =>
      seenSeq === null ? 0 : timeline.items.filter(({ seq, senderId }) => seq > seenSeq && senderId !== userId).length,
    [timeline.items, seenSeq, userId],
  );

  useAnnounced(conversation, timeline.items, userId);
  // Whoever was asked and has not answered yet tells nothing of themselves.
  const isRead = useAttention() && isAtEnd && me.request !== "pending" && me.lastReadSeq < timeline.upTo;
  useEffect(() => {
    if (isRead) markRead(id, timeline.upTo, userId);
  }, [isRead, id, timeline.upTo, userId]);

  // Whoever writes wants to see what they wrote.
  const lastWritten = outgoing.at(-1)?.clientId;
  useEffect(() => {
    if (lastWritten !== undefined) toEnd();
  }, [lastWritten, toEnd]);

  const point = (event: MouseEvent | PointerEvent) => {
    const messageId = (event.target as Element).closest("[data-message-id]")?.getAttribute("data-message-id");
    const message = timeline.items.find((held) => held.id === messageId && held.deletedAt === null);
    setPointed(message ?? null);
    if (message === undefined) event.preventDefault();
  };
  const showInfo = useCallback((message: Message) => setShown({ what: "info", message }), []);

  return (
    <div className="relative min-h-0 flex-1">
      <ContextMenu
        label={t("messages.actions")}
        items={
          pointed !== null && (
            <MessageMenu
              message={pointed}
              conversation={conversation}
              meId={userId}
              onInfo={showInfo}
              onDelete={(message) => setShown({ what: "delete", message })}
            />
          )
        }
      >
        <div
          ref={scroller}
          tabIndex={0}
          aria-label={t("messages.log", { name })}
          role="log"
          // Rows come and go with scrolling; what is new is said by useAnnounced.
          aria-live="off"
          onScroll={onScroll}
          onContextMenu={point}
          // A long touch opens the menu, too.
          onPointerDown={(event) => event.pointerType !== "mouse" && point(event)}
          className="h-full overflow-x-hidden overflow-y-auto [overflow-anchor:none] focus-visible:-outline-offset-2"
        >
          <div ref={container} onContextMenu={keepBrowserMenu} className="relative mx-auto w-full max-w-3xl">
            <HistoryTop older={older} isEmpty={rows.length === 0} />
            {items.map(({ key, index }) => {
              const row = rows[index];
              return (
                row !== undefined && (
                  <div key={key} ref={measure} data-index={index} className="absolute inset-x-0 flow-root px-3 md:px-6">
                    <RowView
                      row={row}
                      conversation={conversation}
                      meId={userId}
                      who={who}
                      reach={reach}
                      onInfo={showInfo}
                    />
                  </div>
                )
              );
            })}
          </div>
        </div>
      </ContextMenu>
      <TypingLine conversation={conversation} />
      {older.state === "failed" && <OlderFailed older={older} />}
      {jump.isOffered && older.state !== "failed" && <ToUnread isBusy={jump.isJumping} onClick={jump.begin} />}
      {!isAtEnd && <ToNewest unseen={unseen} onClick={toEnd} />}
      {shown?.what === "info" && <MessageInfo message={shown.message} reach={reach} onClose={() => setShown(null)} />}
      {shown?.what === "delete" && <DeleteMessage message={shown.message} onClose={() => setShown(null)} />}
    </div>
  );
}

/** Links and selected text have a menu of the browser's own. */
function keepBrowserMenu(event: MouseEvent): void {
  const hasSelection = window.getSelection()?.isCollapsed === false;
  if (hasSelection || (event.target as Element).closest("a") !== null) event.stopPropagation();
}
