import { ArrowLeft } from "lucide-react";
import { Link } from "react-router";
import type { Conversation } from "@/api/types";
import { useMe } from "@/auth/me";
import { ConversationAvatar } from "@/conversations/ConversationAvatar";
import { otherMember } from "@/conversations/describe";
import { t } from "@/locales";

export function ConversationHeader({ conversation, name }: { conversation: Conversation; name: string }) {
  const { userId } = useMe();
  const isGroup = conversation.type === "group";
  const username = otherMember(conversation, userId)?.username;
  return (
    <header className="flex h-16 shrink-0 items-center gap-3 border-b border-line bg-surface px-3 md:px-5">
      <Link
        to="/"
        aria-label={t("conversations.back")}
        className="inline-flex size-10 items-center justify-center rounded-lg text-muted hover:bg-hover hover:text-ink md:hidden"
      >
        <ArrowLeft aria-hidden className="size-5" />
      </Link>
      <ConversationAvatar conversation={conversation} meId={userId} />
      <div className="min-w-0">
        <h2 className="truncate leading-tight font-semibold">{name}</h2>
        <p className="truncate text-xs text-muted">
          {isGroup ? t("conversations.members", { count: conversation.memberCount }) : username && `@${username}`}
        </p>
      </div>
    </header>
  );
}
