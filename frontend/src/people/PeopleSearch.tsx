import { Check, Search } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import type { PublicUser } from "@/api/types";
import { announce } from "@/lib/announce";
import { useDebounced } from "@/lib/useDebounced";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { INPUT } from "@/ui/Field";
import { RetryNote } from "@/ui/RetryNote";
import { Spinner } from "@/ui/Spinner";
import { usePresence } from "./presence";
import { PresenceAvatar } from "./PresenceAvatar";
import { usePeople } from "./queries";

interface PeopleSearchProps {
  onPick: (person: PublicUser) => void;
  /** With it, people are chosen and unchosen instead of picked once. */
  chosen?: readonly PublicUser[];
  /** People who are not to be found. */
  without?: ReadonlySet<number>;
  isBusy?: boolean;
  autoFocus?: boolean;
}

/** A search field for people and what it finds. */
export function PeopleSearch({ onPick, chosen, without, isBusy = false, autoFocus = true }: PeopleSearchProps) {
  const [text, setText] = useState("");
  const wanted = useDebounced(text.trim(), 200);
  const search = usePeople(wanted);
  const people = useMemo(
    () => search.data?.filter(({ userId }) => without?.has(userId) !== true) ?? [],
    [search.data, without],
  );
  const found = wanted === "" || search.data === undefined ? undefined : people.length;
  useEffect(() => {
    if (found !== undefined)
      announce(found === 0 ? t("people.none", { text: wanted }) : t("people.found", { count: found }));
  }, [found, wanted]);

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="relative mx-5 mb-2">
        <Search aria-hidden className="absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted" />
        <input
          type="search"
          aria-label={t("people.search")}
          placeholder={t("people.search")}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            // Enter belongs to the form around it only when there is nothing to find.
            if (event.key === "Enter" && text !== "") event.preventDefault();
          }}
          autoFocus={autoFocus}
          autoCapitalize="none"
          autoComplete="off"
          maxLength={64}
          className={`${INPUT} pl-9`}
        />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-3 pb-2">
        <Results text={wanted} search={search} people={people} chosen={chosen} isBusy={isBusy} onPick={onPick} />
      </div>
    </div>
  );
}

interface ResultsProps {
  text: string;
  search: ReturnType<typeof usePeople>;
  people: readonly PublicUser[];
  chosen: readonly PublicUser[] | undefined;
  isBusy: boolean;
  onPick: (person: PublicUser) => void;
}

function Results({ text, search, people, chosen, isBusy, onPick }: ResultsProps) {
  const presence = usePresence(useMemo(() => people.map(({ userId }) => userId), [people]));
  if (text === "") return <p className="p-3 text-center text-sm text-muted">{t("people.hint")}</p>;
  if (search.isError) {
    return (
      <RetryNote text={t("people.failed")} detail={describeError(search.error)} onRetry={() => void search.refetch()} />
    );
  }
  if (search.data === undefined) return <Spinner label={t("app.loading")} />;
  if (people.length === 0) {
    return <p className="p-3 text-center text-sm text-muted">{t("people.none", { text })}</p>;
  }
  return (
    <ul aria-label={t("people.results")}>
      {people.map((person) => {
        const isChosen = chosen?.some(({ userId }) => userId === person.userId);
        return (
          <li key={person.userId}>
            <button
              type="button"
              disabled={isBusy}
              aria-pressed={isChosen}
              onClick={() => onPick(person)}
              className="flex w-full items-center gap-3 rounded-lg px-2 py-2 text-left transition-colors hover:bg-hover focus-visible:-outline-offset-2 disabled:opacity-60"
            >
              <PresenceAvatar
                name={person.displayName}
                url={person.avatarUrl}
                seed={person.userId}
                isOnline={presence.get(person.userId)?.online === true}
              />
              <span className="flex min-w-0 flex-1 flex-col">
                <span className="truncate text-sm font-medium">{person.displayName}</span>
                <span className="truncate text-xs text-muted">@{person.username}</span>
              </span>
              {isChosen === true && <Check aria-hidden className="size-4 text-accent-ink" />}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
