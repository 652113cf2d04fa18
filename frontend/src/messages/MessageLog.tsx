import { useCallback, useEffect, useMemo, useRef, useState, type MouseEvent, type PointerEvent } from "react";
import type { Conversation, Message } from "@/api/types";
import { useMe } from "@/auth/me";
import { markRead } from "@/conversations/markRead";
import { OpenPicture } from "@/files/PictureDialog";
import { cx } from "@/lib/cx";
import { useAttention } from "@/lib/useAttention";
import { t } from "@/locales";
import { TypingLine } from "@/typing/TypingLine";
import { ContextMenu } from "@/ui/ContextMenu";
import { DeleteMessage } from "./DeleteMessage";
import { HistoryTop, PartFailed, TOP_HEIGHT } from "./HistoryTop";
import { reachOf } from "./marks";
import { canWrite } from "./composerField";
import { MessageInfo } from "./MessageInfo";
import { MessageMenu } from "./MessageMenu";
import type { Outgoing } from "./outbox";
import { dropStretch, useStretch } from "./queries";
import { isAnswerable, startReply } from "./replies";
import { RowView } from "./RowView";
import { rowsOf, type Row } from "./rows";
import type { Timeline } from "./timeline";
import { ToNewest } from "./ToNewest";
import { ToUnread } from "./ToUnread";
import { useUnsent } from "./Unsent";
import { useAnnounced } from "./useAnnounced";
import { useHighlight } from "./useHighlight";
import { useHistory } from "./useHistory";
import { useLongTouch } from "./useLongTouch";
import { useNewer } from "./useNewer";
import { useOlder } from "./useOlder";
import { useRoving } from "./useRoving";
import { useFirstUnread, useUnreadAbove } from "./useUnread";
import type { Visits } from "./useVisits";
import { useWho } from "./useWho";

/** Fewer rows than this above or below the screen, and more are fetched. */
const NEAR_ROWS = 20;

interface MessageLogProps {
  conversation: Conversation;
  name: string;
  /** The newest part of the history; shown unless somebody reads farther up. */
  timeline: Timeline;
  visits: Visits;
}

const NOTHING: readonly Outgoing[] = [];

/** The messages, newest at the bottom. */
export function MessageLog({ conversation, name, timeline, visits }: MessageLogProps) {
  const { userId } = useMe();
  const { id, me } = conversation;
  /** The last message seen before scrolling away from the end; null while there. */
  const [seenSeq, setSeenSeq] = useState<number | null>(null);
  /** The message whose menu is open, and what was chosen from one. */
  const [pointed, setPointed] = useState<Message | null>(null);
  const [shown, setShown] = useState<{ what: "info" | "delete"; message: Message } | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const outgoing = useUnsent(id);
  const hasAttention = useAttention();
  const firstUnread = useFirstUnread(conversation, hasAttention);
  const stretch = useStretch(id);
  const part = stretch ?? timeline;
  const isNewest = stretch === undefined;
  const rows = useMemo(
    () => rowsOf(part.items, isNewest ? outgoing : NOTHING, userId, part.before === null, firstUnread),
    [part.items, part.before, isNewest, outgoing, userId, firstUnread],
  );
  const { visit, pending, error, go } = visits;
  const history = useHistory(scroller, rows, TOP_HEIGHT, isNewest, visit === null);
  const { firstRow, items, container, measure, isAtEnd, toEnd, onScroll } = history;
  const older = useOlder(id, part.before, firstRow !== null && firstRow < NEAR_ROWS);
  const newer = useNewer(id, stretch, (items.at(-1)?.index ?? 0) > rows.length - NEAR_ROWS);
  const isVisited = visit?.what === "unread" && visit.seq >= (firstUnread ?? 0);
  const hasUnreadAbove = useUnreadAbove(firstUnread, part, rows, history.firstVisible, isVisited);
  const isGoingUp = pending?.what === "unread";
  const who = useWho(conversation, part.items);
  const found = useHighlight(visit, part, rows, history.toRow, who);
  const toNewest = useCallback(() => {
    dropStretch(id);
    toEnd();
  }, [id, toEnd]);
  const reach = useMemo(() => reachOf(conversation, userId), [conversation, userId]);
  const onReply = (row: Row) => {
    if (canWrite() && row.kind === "message" && isAnswerable(row.message)) startReply(row.message, userId);
  };
  const roving = useRoving({ scroller, rows, drawn: items, toRow: history.toRow, onReply });
  const { activeKey, follow } = roving;
  const { onPointerDown, ...longTouch } = useLongTouch();
  const open = useCallback(
    (seq: number) => {
      // Whoever came by keyboard goes on there.
      if (scroller.current?.contains(document.activeElement) === true) follow(seq);
      go({ what: "message", seq });
    },
    [follow, go],
  );

  if (isAtEnd !== (seenSeq === null)) setSeenSeq(isAtEnd ? null : timeline.upTo);
  const unseen = useMemo(
    () =>
      seenSeq === null ? 0 : timeline.items.filter(({ seq, senderId }) => seq > seenSeq && senderId !== userId).length,
    [timeline.items, seenSeq, userId],
  );

  useAnnounced(conversation, timeline.items, userId);
  // Whoever was asked and has not answered yet tells nothing of themselves.
  const isRead = hasAttention && isAtEnd && me.request !== "pending" && me.lastReadSeq < timeline.upTo;
  useEffect(() => {
    if (isRead) markRead(id, timeline.upTo, userId);
  }, [isRead, id, timeline.upTo, userId]);

  // Whoever writes wants to see what they wrote.
  const lastWritten = outgoing.at(-1)?.clientId;
  useEffect(() => {
    if (lastWritten !== undefined) toNewest();
  }, [lastWritten, toNewest]);

  const failed = [
    { what: "messages.placeFailed", error, retry: visits.retry } as const,
    { what: "messages.olderFailed", error: older.error, retry: older.retry } as const,
    { what: "messages.newerFailed", error: newer.error, retry: newer.retry } as const,
  ].find((part) => part.error !== null);

  const point = (event: MouseEvent | PointerEvent) => {
    const messageId = (event.target as Element).closest("[data-message-id]")?.getAttribute("data-message-id");
    const message = part.items.find((held) => held.id === messageId && held.deletedAt === null);
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
          tabIndex={activeKey === null ? 0 : -1}
          aria-label={t("messages.log", { name })}
          role="log"
          // Rows come and go with scrolling; what is new is said by useAnnounced.
          aria-live="off"
          onScroll={onScroll}
          onContextMenu={point}
          {...longTouch}
          onPointerDown={(event) => {
            if (event.pointerType !== "mouse") point(event);
            onPointerDown(event);
          }}
          onKeyDown={roving.onKeyDown}
          onFocus={roving.onFocus}
          onBlur={roving.onBlur}
          className="h-full overflow-x-hidden overflow-y-auto [overflow-anchor:none] focus-visible:-outline-offset-2"
        >
          <div ref={container} onContextMenu={keepBrowserMenu} className="relative mx-auto w-full max-w-3xl">
            <HistoryTop older={older} isEmpty={rows.length === 0} />
            {items.map(({ key, index }) => {
              const row = rows[index];
              return (
                row !== undefined && (
                  <div
                    key={key}
                    ref={measure}
                    data-index={index}
                    className={cx(
                      "absolute inset-x-0 flow-root px-3 transition-colors duration-500 md:px-6",
                      row.kind === "message" && row.message.seq === found && "bg-selected",
                    )}
                  >
                    <RowView
                      row={row}
                      conversation={conversation}
                      meId={userId}
                      who={who}
                      reach={reach}
                      isActive={row.key === activeKey}
                      onInfo={showInfo}
                      onOpen={open}
                    />
                  </div>
                )
              );
            })}
          </div>
        </div>
      </ContextMenu>
      <TypingLine conversation={conversation} />
      {failed !== undefined && <PartFailed {...failed} />}
      {(hasUnreadAbove || isGoingUp) && failed === undefined && firstUnread !== null && (
        <ToUnread isBusy={isGoingUp} onClick={() => go({ what: "unread", seq: firstUnread })} />
      )}
      {!(isAtEnd && isNewest) && <ToNewest unseen={unseen} onClick={toNewest} />}
      <OpenPicture />
      {shown?.what === "info" && <MessageInfo message={shown.message} reach={reach} onClose={() => setShown(null)} />}
      {shown?.what === "delete" && <DeleteMessage message={shown.message} onClose={() => setShown(null)} />}
    </div>
  );
}

/** Links and selected text have a menu of the browser's own; where it does not open that, ours opens by a long touch. */
function keepBrowserMenu(event: MouseEvent): void {
  if (!event.isTrusted) return;
  const hasSelection = window.getSelection()?.isCollapsed === false;
  if (hasSelection || (event.target as Element).closest("a") !== null) event.stopPropagation();
}
