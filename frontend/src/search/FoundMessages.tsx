import { useEffect, useMemo, useRef } from "react";
import { useHeldConversations } from "@/conversations/queries";
import { announce } from "@/lib/announce";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { useStrangers } from "@/people/queries";
import { Button } from "@/ui/Button";
import { RetryNote } from "@/ui/RetryNote";
import { Spinner } from "@/ui/Spinner";
import { FoundMessage } from "./FoundMessage";
import type { Found } from "./queries";

interface FoundMessagesProps {
  found: Found;
  /** Whether each is shown with the name of its conversation. */
  namesConversation: boolean;
  /** The address of a message. */
  pathOf: (conversationId: string, seq: number) => string;
}

/** Messages that were found, the newest first. More come when the end comes into sight. */
export function FoundMessages({ found, namesConversation, pathOf }: FoundMessagesProps) {
  const { q, messages, isAsking, error, hasMore, isFetchingMore, fetchMore } = found;
  const { byId } = useHeldConversations();
  const strangers = useStrangers(
    useMemo(() => {
      const unknown = (messages ?? []).filter(
        ({ conversationId, senderId }) => !byId[conversationId]?.members.some(({ userId }) => userId === senderId),
      );
      return [...new Set(unknown.map(({ senderId }) => senderId))].sort((a, b) => a - b);
    }, [messages, byId]),
  );
  const count = isAsking ? undefined : messages?.length;
  useEffect(() => {
    if (count !== undefined && count > 0) announce(t("search.found", { count }));
  }, [count, q]);

  if (error !== null && messages === undefined) {
    return <RetryNote text={t("search.failed")} detail={describeError(error)} onRetry={found.retry} />;
  }
  if (messages === undefined) return <Spinner label={t("app.loading")} />;
  return (
    <>
      <ul aria-label={t("search.messages")} aria-busy={isAsking} className="flex flex-col gap-0.5">
        {messages.map((message) => {
          const conversation = byId[message.conversationId];
          return (
            conversation !== undefined && (
              <FoundMessage
                key={message.id}
                message={message}
                conversation={conversation}
                q={q}
                namesConversation={namesConversation}
                strangers={strangers}
                path={pathOf(message.conversationId, message.seq)}
              />
            )
          );
        })}
      </ul>
      {error !== null && (
        <RetryNote text={t("search.moreFailed")} detail={describeError(error)} onRetry={found.retry} />
      )}
      {hasMore && error === null && <More isBusy={isFetchingMore} onMore={fetchMore} />}
    </>
  );
}

/** Fetches more when it comes into sight; by hand as well. */
function More({ isBusy, onMore }: { isBusy: boolean; onMore: () => void }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (element.current === null || isBusy) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting === true && onMore());
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [isBusy, onMore]);
  return (
    <div ref={element}>
      <Button variant="quiet" busy={isBusy} onClick={onMore} className="mt-2 w-full">
        {t("conversations.more")}
      </Button>
    </div>
  );
}
