import { useMutation, useQuery } from "@tanstack/react-query";
import { MessageCirclePlus } from "lucide-react";
import { useMemo } from "react";
import { useMe } from "@/auth/me";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/Notice";
import { RetryNote } from "@/ui/RetryNote";
import { Spinner } from "@/ui/Spinner";
import { listed } from "./cache";
import { ConversationItem } from "./ConversationItem";
import { conversationsQuery, fetchMoreConversations } from "./queries";

/** All conversations, newest activity first. */
export function ConversationList() {
  const { userId } = useMe();
  const { data: index, error, isFetching, refetch } = useQuery(conversationsQuery);
  const conversations = useMemo(() => (index === undefined ? [] : listed(index)), [index]);
  const more = useMutation({ mutationFn: fetchMoreConversations });

  if (index === undefined && error !== null && !isFetching) {
    return <RetryNote text={t("conversations.failed")} detail={describeError(error)} onRetry={() => void refetch()} />;
  }
  if (index === undefined) return <Spinner label={t("app.loading")} />;
  if (conversations.length === 0) {
    return <EmptyState icon={MessageCirclePlus} title={t("conversations.empty")} hint={t("conversations.emptyHint")} />;
  }
  return (
    <nav aria-label={t("conversations.listLabel")} className="min-h-0 flex-1 overflow-y-auto px-2 pb-3">
      <ul className="flex flex-col gap-0.5">
        {conversations.map((conversation) => (
          <ConversationItem key={conversation.id} conversation={conversation} meId={userId} />
        ))}
      </ul>
      {index.nextCursor !== null && (
        <Button variant="quiet" busy={more.isPending} onClick={() => more.mutate()} className="mt-2 w-full">
          {t("conversations.more")}
        </Button>
      )}
    </nav>
  );
}
