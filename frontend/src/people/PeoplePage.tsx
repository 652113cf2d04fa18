import { Search } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { Page } from "@/app/Page";
import { announce } from "@/lib/announce";
import { useDebounced } from "@/lib/useDebounced";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { INPUT } from "@/ui/Field";
import { Card } from "@/ui/Panel";
import { RetryNote } from "@/ui/RetryNote";
import { Spinner } from "@/ui/Spinner";
import { MessageButton } from "./MessageButton";
import { PersonLine } from "./PersonLine";
import { usePresence } from "./presence";
import { usePeople } from "./queries";

/** Finds people, and leads to them. */
export function PeoplePage() {
  const [text, setText] = useState("");
  const wanted = useDebounced(text.trim(), 200);
  const { data: people, error, refetch } = usePeople(wanted);
  const presence = usePresence(useMemo(() => (people ?? []).map(({ userId }) => userId), [people]));
  const found = wanted === "" ? undefined : people?.length;
  useEffect(() => {
    if (found !== undefined)
      announce(found === 0 ? t("people.none", { text: wanted }) : t("people.found", { count: found }));
  }, [found, wanted]);

  return (
    <Page title={t("people.title")}>
      <div className="relative">
        <Search aria-hidden className="absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted" />
        <input
          type="search"
          aria-label={t("people.search")}
          placeholder={t("people.search")}
          value={text}
          maxLength={64}
          autoFocus
          autoComplete="off"
          autoCapitalize="none"
          onChange={(event) => setText(event.target.value)}
          className={`${INPUT} pl-9`}
        />
      </div>
      {wanted === "" && <p className="text-center text-sm text-muted">{t("people.hint")}</p>}
      {wanted !== "" && error !== null && (
        <RetryNote text={t("people.failed")} detail={describeError(error)} onRetry={() => void refetch()} />
      )}
      {wanted !== "" && error === null && people === undefined && <Spinner label={t("app.loading")} />}
      {wanted !== "" && people?.length === 0 && (
        <p className="text-center text-sm text-muted">{t("people.none", { text: wanted })}</p>
      )}
      {wanted !== "" && people !== undefined && people.length > 0 && (
        <Card>
          <ul aria-label={t("people.results")} className="p-1">
            {people.map((person) => (
              <li key={person.userId} className="flex items-center gap-2 pr-2">
                <PersonLine person={person} presence={presence.get(person.userId)} />
                <MessageButton userId={person.userId} name={person.displayName} isSmall />
              </li>
            ))}
          </ul>
        </Card>
      )}
    </Page>
  );
}
