import { memo } from "react";
import type { Conversation } from "@/api/types";
import { memberName } from "@/conversations/describe";
import { dayName, fullTime } from "@/locales/dates";
import { MessageRow } from "./MessageRow";
import { OutgoingRow } from "./OutgoingRow";
import type { Row } from "./rows";

interface RowViewProps {
  row: Row;
  conversation: Conversation;
  meId: number;
  /** How far the other person of a direct conversation has read. */
  readByOther: number;
}

/** A line of the conversation. Scrolling draws only those that come onto the screen. */
export const RowView = memo(function RowView({ row, conversation, meId, readByOther }: RowViewProps) {
  if (row.kind === "day") {
    return (
      <p className="mx-auto mt-6 mb-2 w-fit rounded-full border border-line bg-raised px-3 py-1 text-xs text-muted">
        <time dateTime={row.at}>{dayName(row.at)}</time>
      </p>
    );
  }
  if (row.kind === "system") {
    return (
      <p title={fullTime(row.message.createdAt)} className="my-2 px-6 text-center text-xs text-muted">
        {row.message.content}
      </p>
    );
  }
  if (row.kind === "outgoing") {
    return <OutgoingRow outgoing={row.outgoing} startsGroup={row.startsGroup} endsGroup={row.endsGroup} />;
  }
  const { message, startsGroup, endsGroup } = row;
  const isMine = message.senderId === meId;
  const isGroup = conversation.type === "group";
  return (
    <MessageRow
      message={message}
      startsGroup={startsGroup}
      endsGroup={endsGroup}
      isMine={isMine}
      senderName={memberName(conversation, message.senderId)}
      avatarUrl={conversation.members.find(({ userId }) => userId === message.senderId)?.avatarUrl ?? null}
      showsSender={isGroup && !isMine}
      isRead={!isGroup && readByOther >= message.seq}
    />
  );
});
