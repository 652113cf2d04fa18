import { memo } from "react";
import { Link } from "react-router";
import type { Conversation, Message, PublicUser } from "@/api/types";
import { FROM_LIST } from "@/app/BackToChats";
import { useMe } from "@/auth/me";
import { ConversationAvatar } from "@/conversations/ConversationAvatar";
import { memberName, nameOf } from "@/conversations/describe";
import { t } from "@/locales";
import { ShortTime } from "@/ui/ShortTime";
import { excerptOf } from "./excerpt";

interface FoundMessageProps {
  message: Message;
  conversation: Conversation;
  /** What was looked for. */
  q: string;
  namesConversation: boolean;
  /** People who are no members any more, or not known as such. */
  strangers: ReadonlyMap<number, PublicUser>;
  path: string;
}

/** A message that was found; leads to its place. */
export const FoundMessage = memo(function FoundMessage(props: FoundMessageProps) {
  const { message, conversation, q, namesConversation, strangers, path } = props;
  const { userId } = useMe();
  const isMine = message.senderId === userId;
  const sender = isMine ? t("messages.you") : memberName(conversation, message.senderId, strangers);
  const isNamed = !namesConversation || isMine || conversation.type === "group";
  return (
    <li>
      <Link
        to={path}
        state={namesConversation ? FROM_LIST : null}
        className="flex items-start gap-3 rounded-xl px-3 py-2.5 transition-colors hover:bg-hover focus-visible:-outline-offset-2"
      >
        {namesConversation && <ConversationAvatar conversation={conversation} meId={userId} />}
        <span className="flex min-w-0 flex-1 flex-col gap-0.5">
          <span className="flex items-baseline justify-between gap-2">
            <span className="truncate text-sm font-medium">
              {namesConversation ? nameOf(conversation, userId) : sender}
            </span>
            <ShortTime at={message.createdAt} className="shrink-0 text-xs text-muted" />
          </span>
          <span dir="auto" className="line-clamp-2 text-left text-sm [overflow-wrap:anywhere] text-muted">
            {namesConversation && isNamed && <span className="text-ink">{`${sender}: `}</span>}
            {excerptOf(message.content, q).map(({ text, isMatch }, index) =>
              isMatch ? (
                <mark key={index} className="rounded-sm bg-selected font-medium text-ink">
                  {text}
                </mark>
              ) : (
                text
              ),
            )}
          </span>
        </span>
      </Link>
    </li>
  );
});
