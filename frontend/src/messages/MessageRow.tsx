import { Check, CheckCheck, Ellipsis } from "lucide-react";
import { memo, type MouseEvent } from "react";
import type { Message } from "@/api/types";
import { lineOf } from "@/conversations/describe";
import { Attachments } from "@/files/Attachments";
import { cx } from "@/lib/cx";
import { TabStop, useTabStop } from "@/lib/tabStop";
import { t } from "@/locales";
import { fullTime, timeOf } from "@/locales/dates";
import { MentionText } from "@/mentions/MentionText";
import type { Part } from "@/mentions/parts";
import { Avatar } from "@/ui/Avatar";
import { Bubble } from "./Bubble";
import type { Mark } from "./marks";
import { openMenuAt } from "./openMenu";
import { Quote } from "./Quote";

interface MessageRowProps {
  message: Message;
  /** Its text, with its addresses and the names of those whom it mentions apart. */
  parts: readonly Part[];
  meId: number;
  startsGroup: boolean;
  endsGroup: boolean;
  isMine: boolean;
  senderName: string;
  avatarUrl: string | null;
  /** Whether the sender's name and picture are shown, as in groups. */
  showsSender: boolean;
  /** Who deleted it, if somebody else than its sender did. */
  deletedBy: string | null;
  /** How far the user's own message has come. */
  mark: Mark;
  /** How many have read the user's own message in a group. */
  seen: number;
  /** Whether it has the history's tab stop. */
  isActive: boolean;
  onInfo: (message: Message) => void;
  /** Goes to another message. */
  onOpen: (seq: number) => void;
}

/** A stored message. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, startsGroup, endsGroup, isMine, senderName, showsSender, isActive } = props;
  const speaker = isMine ? t("messages.you") : senderName;
  const tabStop = isActive ? 0 : -1;
  return (
    <div
      role="article"
      data-message-id={message.id}
      tabIndex={tabStop}
      aria-label={`${t("messages.announced", { name: speaker, text: lineOf(message) })}, ${timeOf(message.createdAt)}`}
      className={cx(
        "group flex scroll-my-3 gap-2.5 outline-none",
        isMine ? "justify-end" : "justify-start",
        startsGroup ? "mt-3" : "mt-0.5",
      )}
    >
      {showsSender && (
        <span className="flex w-8 shrink-0 items-end">
          {endsGroup && <Avatar name={senderName} url={props.avatarUrl} seed={message.senderId} size="small" />}
        </span>
      )}
      <div className="flex max-w-[85%] min-w-0 flex-col sm:max-w-[75%]">
        {showsSender && startsGroup ? (
          <p className="mb-1 px-1 text-xs font-medium text-muted">{senderName}</p>
        ) : (
          <span className="sr-only">{speaker}</span>
        )}
        <div className={cx("flex items-center gap-1", isMine && "flex-row-reverse")}>
          <Bubble
            isMine={isMine}
            startsGroup={startsGroup}
            endsGroup={endsGroup}
            isGone={message.deletedAt !== null}
            title={fullTime(message.createdAt)}
          >
            <TabStop value={tabStop}>
              <Body {...props} />
            </TabStop>
          </Bubble>
          {message.deletedAt === null && <Actions />}
        </div>
        {(endsGroup || message.editedAt !== null) && (
          <TabStop value={tabStop}>
            <Meta {...props} />
          </TabStop>
        )}
      </div>
    </div>
  );
});

function Body({ message, parts, meId, isMine, deletedBy, onOpen }: MessageRowProps) {
  if (message.deletedAt !== null) {
    return deletedBy === null ? t("messages.deleted") : t("messages.deletedBy", { name: deletedBy });
  }
  return (
    <>
      {message.replyTo !== undefined && (
        <Quote conversationId={message.conversationId} replyTo={message.replyTo} isMine={isMine} onOpen={onOpen} />
      )}
      <Attachments message={message} isMine={isMine} />
      <span>
        <MentionText parts={parts} meId={meId} isMine={isMine} />
      </span>
    </>
  );
}

/** Opens the message's context menu, for those who have no right button. With the keyboard, Enter on the message does. */
function Actions() {
  const open = ({ currentTarget }: MouseEvent<HTMLButtonElement>) => openMenuAt(currentTarget);
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={t("messages.actions")}
      aria-haspopup="menu"
      title={t("messages.actions")}
      onClick={open}
      className="hidden size-7 shrink-0 items-center justify-center rounded-lg text-muted opacity-0 group-hover:opacity-100 hover:bg-hover hover:text-ink pointer-fine:inline-flex"
    >
      <Ellipsis aria-hidden className="size-4" />
    </button>
  );
}

const LABELS = { sent: "messages.sent", delivered: "messages.delivered", read: "messages.read" } as const;

function Meta({ message, isMine, endsGroup, mark, seen, onInfo }: MessageRowProps) {
  const tabStop = useTabStop();
  const Receipt = mark === "sent" ? Check : CheckCheck;
  return (
    <p className={cx("mt-1 flex items-center gap-1 px-1 text-xs text-muted", isMine && "self-end")}>
      {endsGroup && <time dateTime={message.createdAt}>{timeOf(message.createdAt)}</time>}
      {message.editedAt !== null && message.deletedAt === null && (
        <span title={fullTime(message.editedAt)}>{t("messages.edited")}</span>
      )}
      {isMine && endsGroup && seen > 0 && (
        <button
          type="button"
          tabIndex={tabStop}
          onClick={() => onInfo(message)}
          className="min-h-6 underline-offset-2 hover:text-ink hover:underline"
        >
          {t("messages.seenBy", { count: seen })}
        </button>
      )}
      {isMine && endsGroup && (
        <Receipt
          role="img"
          aria-label={t(LABELS[mark])}
          className={cx("size-3.5", mark === "read" && "text-accent-ink")}
        />
      )}
    </p>
  );
}
