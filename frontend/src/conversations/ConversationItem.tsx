import { BellOff, CircleAlert, Clock, Pin } from "lucide-react";
import { memo } from "react";
import { NavLink, useMatch } from "react-router";
import type { Conversation } from "@/api/types";
import { FROM_LIST } from "@/app/BackToChats";
import { cx } from "@/lib/cx";
import { t } from "@/locales";
import { Badge } from "@/ui/Badge";
import { useDraft } from "@/messages/drafts";
import { foremostIn } from "@/messages/outbox";
import { useOutbox } from "@/messages/outboxStore";
import { ShortTime } from "@/ui/ShortTime";
import { ConversationAvatar } from "./ConversationAvatar";
import { nameOf, previewOf, unsentText } from "./describe";

interface ConversationItemProps {
  conversation: Conversation;
  meId: number;
}

const MARK = "size-3.5 shrink-0 text-muted";

/** One line of the list. */
export const ConversationItem = memo(function ConversationItem({ conversation, meId }: ConversationItemProps) {
  const { unread, muted, pinned } = conversation.me;
  const isUnread = unread > 0;
  return (
    <li>
      <NavLink
        to={`/c/${encodeURIComponent(conversation.id)}`}
        state={FROM_LIST}
        className="flex items-center gap-3 rounded-xl px-3 py-2.5 transition-colors hover:bg-hover focus-visible:-outline-offset-2 aria-[current=page]:bg-selected"
      >
        <ConversationAvatar conversation={conversation} meId={meId} size="large" />
        <span className="flex min-w-0 flex-1 flex-col gap-0.5">
          <span className="flex items-baseline justify-between gap-2">
            <span className={cx("truncate", isUnread ? "font-semibold" : "font-medium")}>
              {nameOf(conversation, meId)}
            </span>
            <ShortTime
              at={conversation.lastActivityAt}
              className={cx("shrink-0 text-xs", isUnread ? "font-medium text-accent-ink" : "text-muted")}
            />
          </span>
          <span className="flex min-h-5 items-center justify-between gap-2">
            <Preview conversation={conversation} meId={meId} />
            {muted && <BellOff role="img" aria-label={t("conversations.muted")} className={MARK} />}
            {pinned && <Pin role="img" aria-label={t("conversations.pinned")} className={MARK} />}
            <Badge count={unread} isQuiet={muted} />
            {isUnread && <span className="sr-only">{t("conversations.unread", { count: unread })}</span>}
          </span>
        </span>
      </NavLink>
    </li>
  );
});

const LINE = "min-w-0 flex-1 truncate text-left text-sm";

/** What is not sent yet, else what is only begun, else the last message. */
function Preview({ conversation, meId }: ConversationItemProps) {
  const { id, me } = conversation;
  const unsent = useOutbox(({ entries }) => foremostIn(entries, id));
  // The one that is open shows its draft itself, and changes with every key.
  const isOpen = useMatch("/c/:conversationId/*")?.params.conversationId === id;
  const draft = useDraft(meId, isOpen ? null : id).trim();
  if (unsent !== undefined) {
    const hasFailed = unsent.state === "failed";
    const [Sign, label] = hasFailed ? [CircleAlert, t("messages.notSent")] : [Clock, t("conversations.underWay")];
    return (
      <>
        <Sign
          role="img"
          aria-label={label}
          className={cx("size-3.5 shrink-0", hasFailed ? "text-danger" : "text-muted")}
        />
        <span dir="auto" className={cx(LINE, hasFailed ? "text-danger" : "text-muted")}>
          {unsentText(unsent)}
        </span>
      </>
    );
  }
  return (
    <span dir="auto" className={cx(LINE, me.unread > 0 ? "text-ink" : "text-muted", draft !== "" && "italic")}>
      {draft === "" ? previewOf(conversation, meId) : t("conversations.draft", { text: draft })}
    </span>
  );
}
