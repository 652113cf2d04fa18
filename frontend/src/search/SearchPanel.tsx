import { Search, SearchX, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Link, useOutletContext } from "react-router";
import type { Conversation } from "@/api/types";
import { t } from "@/locales";
import { messagePath } from "@/messages/useVisits";
import { INPUT } from "@/ui/Field";
import { ICON_BUTTON } from "@/ui/IconButton";
import { EmptyState } from "@/ui/Notice";
import { FoundMessages } from "./FoundMessages";
import { isSearchable, MAX_SEARCH, useFoundMessages } from "./queries";
import { useArrows } from "./useArrows";

/** What was last looked for, for those who come back from a message that took the panel's place. */
let last = { conversationId: "", text: "" };

/** With room for both, a message opens beside the panel, else in its place. */
const asideOf = (): string => (window.matchMedia("(min-width: 80rem)").matches ? "/search" : "");

/** Looks for messages of the conversation; beside it, or in its place where there is little room. */
export function SearchPanel() {
  const { id } = useOutletContext<Conversation>();
  return <Panel key={id} conversationId={id} />;
}

function Panel({ conversationId }: { conversationId: string }) {
  const [text, setText] = useState(last.conversationId === conversationId ? last.text : "");
  const found = useFoundMessages(text, conversationId);
  const field = useRef<HTMLInputElement>(null);
  const write = (next: string) => {
    last = { conversationId, text: next };
    setText(next);
  };
  const { container, onKeyDown } = useArrows(() => {
    if (text !== "") write("");
    return text !== "";
  });
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);

  return (
    <aside
      aria-labelledby="search-title"
      className="flex min-h-0 w-full flex-col border-line bg-surface xl:w-88 xl:shrink-0 xl:border-l"
    >
      <header className="flex h-16 shrink-0 items-center justify-between border-b border-line pr-3 pl-5">
        <h2 id="search-title" className="font-semibold">
          {t("search.here")}
        </h2>
        <Link
          to={`/c/${encodeURIComponent(conversationId)}`}
          aria-label={t("search.close")}
          title={t("search.close")}
          className={ICON_BUTTON}
        >
          <X aria-hidden className="size-5" />
        </Link>
      </header>
      <div ref={container} onKeyDown={onKeyDown} className="mx-auto flex min-h-0 w-full max-w-3xl flex-1 flex-col">
        <div className="relative mx-4 mt-4 mb-3">
          <Search aria-hidden className="absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted" />
          <input
            ref={field}
            type="search"
            aria-label={t("search.words")}
            placeholder={t("search.words")}
            value={text}
            maxLength={MAX_SEARCH}
            autoComplete="off"
            onChange={(event) => write(event.target.value)}
            className={`${INPUT} min-h-9 pl-9`}
          />
        </div>
        <div className="flex min-h-0 flex-1 flex-col overflow-y-auto px-2 pb-3">
          {!isSearchable(text) ? (
            <EmptyState icon={Search} title={t("search.hint")} hint={t("search.hintMore")} />
          ) : !found.isAsking && found.messages?.length === 0 ? (
            <EmptyState
              icon={SearchX}
              title={t("conversations.empty.search", { text: text.trim() })}
              hint={t("search.noneHint")}
            />
          ) : (
            <FoundMessages
              found={found}
              namesConversation={false}
              pathOf={(id, seq) => messagePath(id, seq, asideOf())}
            />
          )}
        </div>
      </div>
    </aside>
  );
}
