import { BellOff, PanelRight, Search } from "lucide-react";
import { useMemo } from "react";
import { Link, useMatch } from "react-router";
import type { Conversation } from "@/api/types";
import { BackToChats } from "@/app/BackToChats";
import { useMe } from "@/auth/me";
import { ConversationAvatar } from "@/conversations/ConversationAvatar";
import { otherMember } from "@/conversations/describe";
import { t } from "@/locales";
import { usePresence } from "@/people/presence";
import { presenceText } from "@/people/presenceText";
import { ICON_BUTTON } from "@/ui/IconButton";

/** What can stand beside the messages. */
const ASIDES = [
  ["search", "search.here", Search],
  ["details", "details.open", PanelRight],
] as const;

export function ConversationHeader({ conversation, name }: { conversation: Conversation; name: string }) {
  const { userId } = useMe();
  const isGroup = conversation.type === "group";
  const path = `/c/${encodeURIComponent(conversation.id)}`;
  const aside = useMatch("/c/:conversationId/:aside")?.params.aside;
  return (
    <header className="flex h-16 shrink-0 items-center gap-3 border-b border-line bg-surface px-3 md:px-5">
      <BackToChats />
      <ConversationAvatar conversation={conversation} meId={userId} />
      <div className="mr-auto min-w-0">
        <h2 className="flex items-center gap-1.5 leading-tight font-semibold">
          <span className="truncate">{name}</span>
          {conversation.me.muted && (
            <BellOff role="img" aria-label={t("conversations.muted")} className="size-3.5 shrink-0 text-muted" />
          )}
        </h2>
        <p className="truncate text-xs text-muted">
          {isGroup ? (
            t("conversations.members", { count: conversation.memberCount })
          ) : (
            <Other userId={otherMember(conversation, userId)?.userId} conversation={conversation} />
          )}
        </p>
      </div>
      {ASIDES.map(([name, label, Icon]) => (
        <Link
          key={name}
          to={aside === name ? path : `${path}/${name}`}
          aria-label={t(label)}
          title={t(label)}
          aria-expanded={aside === name}
          className={ICON_BUTTON}
        >
          <Icon aria-hidden className="size-5" />
        </Link>
      ))}
    </header>
  );
}

function Other({ conversation, userId }: { conversation: Conversation; userId: number | undefined }) {
  const ids = useMemo(() => (userId === undefined ? [] : [userId]), [userId]);
  const presence = usePresence(ids).get(userId ?? 0);
  const username = conversation.members.find((member) => member.userId === userId)?.username;
  const text = presenceText(presence);
  return (
    <>
      {username !== undefined && username !== "" && `@${username}`}
      {text !== null && <span className={presence?.online === true ? "text-accent-ink" : ""}>{` · ${text}`}</span>}
    </>
  );
}
