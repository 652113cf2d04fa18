import { MessageCircleOff } from "lucide-react";
import { useEffect } from "react";
import { Link, Outlet, useMatch, useParams } from "react-router";
import { asApiError } from "@/api/errors";
import type { Conversation } from "@/api/types";
import { usePageTitle } from "@/app/title";
import { useMe } from "@/auth/me";
import { nameOf } from "@/conversations/describe";
import { useConversation } from "@/conversations/queries";
import { cx } from "@/lib/cx";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { EmptyState } from "@/ui/Notice";
import { RetryNote } from "@/ui/RetryNote";
import { Spinner } from "@/ui/Spinner";
import { ConversationHeader } from "./ConversationHeader";
import { stopEditing } from "./editing";
import { Foot } from "./Foot";
import { MessageLog } from "./MessageLog";
import { Unsent, useUnsent } from "./Unsent";
import { useTimeline } from "./queries";
import { useComplete } from "./useComplete";
import { useVisits } from "./useVisits";

export function ConversationPage() {
  const id = useParams()["conversationId"] ?? "";
  const { conversation, error } = useConversation(id);

  const unsent = useUnsent(id);

  const isAside = useMatch("/c/:conversationId/:aside") !== null;

  if (conversation !== undefined) {
    return (
      <div className="flex min-h-0 flex-1">
        <div className={cx("min-w-0 flex-1 flex-col", isAside ? "hidden xl:flex" : "flex")}>
          <Opened key={id} conversation={conversation} />
        </div>
        <Outlet context={conversation} />
      </div>
    );
  }
  if (error === null) return <Spinner label={t("app.loading")} />;
  if (unsent.length > 0) {
    return (
      <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
        <NotOpened error={error} />
        <Unsent entries={unsent} />
      </div>
    );
  }
  return <NotOpened error={error} />;
}

function NotOpened({ error }: { error: Error }) {
  const isGone = ["NOT_FOUND", "FORBIDDEN", "INVALID_INPUT"].includes(asApiError(error).code);
  return (
    <EmptyState icon={MessageCircleOff} title={isGone ? t("conversations.gone") : describeError(error)}>
      <Link to="/" className="text-sm font-medium text-accent-ink underline-offset-4 hover:underline">
        {t("conversations.back")}
      </Link>
    </EmptyState>
  );
}

function Opened({ conversation }: { conversation: Conversation }) {
  const me = useMe();
  const name = nameOf(conversation, me.userId);
  const { data: timeline, error, isFetching, refetch } = useTimeline(conversation.id);
  const visits = useVisits(conversation.id);
  useComplete(conversation.id, timeline, conversation.lastSeq);
  useEffect(() => stopEditing, []);
  usePageTitle(name);

  return (
    <section aria-label={t("messages.header", { name })} className="flex min-h-0 flex-1 flex-col bg-canvas">
      <ConversationHeader conversation={conversation} name={name} />
      {timeline !== undefined && !visits.isOpening ? (
        <MessageLog conversation={conversation} name={name} timeline={timeline} visits={visits} />
      ) : (
        <div className="flex min-h-0 flex-1 items-center justify-center">
          {error === null || isFetching ? (
            <Spinner label={t("app.loading")} />
          ) : (
            <RetryNote text={t("messages.failed")} detail={describeError(error)} onRetry={() => void refetch()} />
          )}
        </div>
      )}
      <Foot conversation={conversation} name={name} />
    </section>
  );
}
