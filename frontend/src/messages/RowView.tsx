import { memo } from "react";
import type { Conversation, Message } from "@/api/types";
import { t } from "@/locales";
import { fullTime } from "@/locales/dates";
import { partsOf } from "@/mentions/parts";
import { DayRow } from "./DayRow";
import { markOf, seenBy, type Reach } from "./marks";
import { MessageRow } from "./MessageRow";
import { OutgoingRow } from "./OutgoingRow";
import type { Row } from "./rows";
import { systemText } from "./systemText";

interface RowViewProps {
  row: Row;
  conversation: Conversation;
  meId: number;
  /** What people are called, members or not. */
  who: (userId: number) => string;
  /** How far messages have reached the others. */
  reach: Reach;
  /** Whether it has the history's tab stop. */
  isActive: boolean;
  onInfo: (message: Message) => void;
  /** Goes to another message. */
  onOpen: (seq: number) => void;
}

/** A line of the conversation. Scrolling draws only those that come onto the screen. */
export const RowView = memo(function RowView(props: RowViewProps) {
  const { row, conversation, meId, who, reach, isActive, onInfo, onOpen } = props;
  if (row.kind === "day") return <DayRow at={row.at} />;
  if (row.kind === "unread") {
    return (
      <p className="mt-4 mb-1 flex items-center gap-3 text-xs font-medium text-accent-ink before:h-px before:flex-1 before:bg-accent-ink/40 after:h-px after:flex-1 after:bg-accent-ink/40">
        {t("messages.unreadFromHere")}
      </p>
    );
  }
  if (row.kind === "system") {
    return (
      <p
        title={fullTime(row.message.createdAt)}
        className="my-2 px-6 text-center text-xs [overflow-wrap:anywhere] text-muted"
      >
        {systemText(row.message, meId, who)}
      </p>
    );
  }
  if (row.kind === "outgoing") {
    const { outgoing, startsGroup, endsGroup } = row;
    return <OutgoingRow {...{ outgoing, startsGroup, endsGroup, isActive, onOpen }} />;
  }
  const { message, startsGroup, endsGroup } = row;
  const { senderId, deletedBy } = message;
  const isMine = senderId === meId;
  const isGroup = conversation.type === "group";
  return (
    <MessageRow
      message={message}
      parts={partsOf(message, conversation.members)}
      meId={meId}
      startsGroup={startsGroup}
      endsGroup={endsGroup}
      isMine={isMine}
      senderName={who(senderId)}
      avatarUrl={conversation.members.find(({ userId }) => userId === senderId)?.avatarUrl ?? null}
      showsSender={isGroup && !isMine}
      deletedBy={deletedBy === null || deletedBy === senderId ? null : who(deletedBy)}
      mark={markOf(reach, message.seq)}
      seen={isMine && isGroup && endsGroup ? seenBy(reach, message.seq).length : 0}
      isActive={isActive}
      onInfo={onInfo}
      onOpen={onOpen}
    />
  );
});
