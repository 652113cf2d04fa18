import { useMutation, useQuery } from "@tanstack/react-query";
import { Archive, Inbox, MailCheck, MessageCirclePlus, Search, SearchX, type LucideIcon } from "lucide-react";
import { useState } from "react";
import { useMe } from "@/auth/me";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { messagePath } from "@/messages/useVisits";
import { FoundMessages } from "@/search/FoundMessages";
import { isSearchable, MAX_SEARCH, useFoundMessages } from "@/search/queries";
import { useArrows } from "@/search/useArrows";
import { Button } from "@/ui/Button";
import { INPUT } from "@/ui/Field";
import { EmptyState } from "@/ui/Notice";
import { RetryNote } from "@/ui/RetryNote";
import { Spinner } from "@/ui/Spinner";
import { requestCount, type ConversationIndex, type Section } from "./cache";
import { ConversationItem } from "./ConversationItem";
import { conversationsQuery, fetchMoreConversations } from "./queries";
import { Sections } from "./Sections";
import { useFound } from "./useFound";

/** The conversations, in parts and by name; and messages by their words. */
export function ConversationList() {
  const { data: index, error, isFetching, refetch } = useQuery(conversationsQuery);
  const [section, setSection] = useState<Section>("all");
  const [text, setText] = useState("");
  const { container, onKeyDown } = useArrows(() => {
    setText("");
    return text !== "";
  });

  if (index === undefined && error !== null && !isFetching) {
    return <RetryNote text={t("conversations.failed")} detail={describeError(error)} onRetry={() => void refetch()} />;
  }
  if (index === undefined) return <Spinner label={t("app.loading")} />;
  return (
    <div ref={container} onKeyDown={onKeyDown} className="flex min-h-0 flex-1 flex-col">
      <div className="relative mx-4 mb-2">
        <Search aria-hidden className="absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted" />
        <input
          id="search"
          type="search"
          aria-label={t("conversations.search")}
          placeholder={t("conversations.search")}
          value={text}
          maxLength={MAX_SEARCH}
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
          className={`${INPUT} min-h-9 pl-9`}
        />
      </div>
      <Sections section={section} requests={requestCount(index)} onChange={setSection} />
      <Part index={index} section={section} text={text} />
    </div>
  );
}

interface PartProps {
  index: ConversationIndex;
  section: Section;
  text: string;
}

function Part({ index, section, text }: PartProps) {
  const { userId } = useMe();
  const { conversations, isAsking, error, retry } = useFound(index, section, text, userId);
  // What is written is looked for in messages, too, when all is looked through.
  const found = useFoundMessages(section === "all" ? text : "", null);
  const more = useMutation({ mutationFn: fetchMoreConversations });
  const searchesMessages = section === "all" && isSearchable(text);
  const showsMessages = searchesMessages && (found.isAsking || found.error !== null || found.messages?.length !== 0);

  if (conversations.length === 0 && !showsMessages) {
    if (isAsking) return <Spinner label={t("app.loading")} />;
    if (error !== null) {
      return <RetryNote text={t("conversations.failed")} detail={describeError(error)} onRetry={retry} />;
    }
    return <Nothing section={section} text={text.trim()} />;
  }
  return (
    <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-3">
      {conversations.length > 0 && (
        <nav aria-label={t("conversations.listLabel")}>
          <ul className="flex flex-col gap-0.5">
            {conversations.map((conversation) => (
              <ConversationItem key={conversation.id} conversation={conversation} meId={userId} />
            ))}
          </ul>
          {index.nextCursor !== null && section === "all" && text.trim() === "" && (
            <Button variant="quiet" busy={more.isPending} onClick={() => more.mutate()} className="mt-2 w-full">
              {t("conversations.more")}
            </Button>
          )}
        </nav>
      )}
      {showsMessages && (
        <section aria-labelledby="found-title">
          <h2 id="found-title" className="px-3 pt-3 pb-1 text-xs font-medium text-muted">
            {t("search.messages")}
          </h2>
          <FoundMessages found={found} namesConversation pathOf={messagePath} />
        </section>
      )}
    </div>
  );
}

const ICONS: Record<Section, LucideIcon> = {
  all: MessageCirclePlus,
  unread: MailCheck,
  requests: Inbox,
  archived: Archive,
};

function Nothing({ section, text }: { section: Section; text: string }) {
  if (text !== "") {
    return (
      <EmptyState
        icon={SearchX}
        title={t("conversations.empty.search", { text })}
        hint={t("conversations.empty.searchHint")}
      />
    );
  }
  const [title, hint] =
    section === "all"
      ? [t("conversations.empty"), t("conversations.emptyHint")]
      : [t(`conversations.empty.${section}`), t(`conversations.empty.${section}Hint`)];
  return <EmptyState icon={ICONS[section]} title={title} hint={hint} />;
}
