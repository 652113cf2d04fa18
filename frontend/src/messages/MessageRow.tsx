import { Check, CheckCheck } from "lucide-react";
import { memo } from "react";
import type { Message } from "@/api/types";
import { cx } from "@/lib/cx";
import { t } from "@/locales";
import { fullTime, timeOf } from "@/locales/dates";
import { Avatar } from "@/ui/Avatar";
import { Bubble } from "./Bubble";

interface MessageRowProps {
  message: Message;
  startsGroup: boolean;
  endsGroup: boolean;
  isMine: boolean;
  senderName: string;
  avatarUrl: string | null;
  /** Whether the sender's name and picture are shown, as in groups. */
  showsSender: boolean;
  isRead: boolean;
}

/** A stored message. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, startsGroup, endsGroup, isMine, senderName, showsSender } = props;
  const speaker = isMine ? t("messages.you") : senderName;
  return (
    <div
      data-message-id={message.id}
      className={cx("flex gap-2.5", isMine ? "justify-end" : "justify-start", startsGroup ? "mt-3" : "mt-0.5")}
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
        <Bubble isMine={isMine} startsGroup={startsGroup} endsGroup={endsGroup} title={fullTime(message.createdAt)}>
          <Body message={message} />
        </Bubble>
        {endsGroup && <Meta message={message} isMine={isMine} isRead={props.isRead} />}
      </div>
    </div>
  );
});

function Body({ message }: { message: Message }) {
  if (message.deletedAt !== null) return <em className="opacity-80">{t("messages.deleted")}</em>;
  return (
    <>
      {message.content}
      {message.attachments.map((url) => (
        <a key={url} href={url} target="_blank" rel="noreferrer noopener" className="block underline">
          {t("messages.attachment")}
        </a>
      ))}
    </>
  );
}

function Meta({ message, isMine, isRead }: { message: Message; isMine: boolean; isRead: boolean }) {
  const Receipt = isRead ? CheckCheck : Check;
  return (
    <p className={cx("mt-1 flex items-center gap-1 px-1 text-xs text-muted", isMine && "self-end")}>
      <time dateTime={message.createdAt}>{timeOf(message.createdAt)}</time>
      {message.editedAt !== null && <span>{t("messages.edited")}</span>}
      {isMine && (
        <Receipt
          role="img"
          aria-label={t(isRead ? "messages.read" : "messages.sent")}
          className={cx("size-3.5", isRead && "text-accent-ink")}
        />
      )}
    </p>
  );
}
