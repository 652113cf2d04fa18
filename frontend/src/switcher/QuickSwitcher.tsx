import { useMutation } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useId, useState, type KeyboardEvent } from "react";
import { useOpenPath } from "@/app/useOpenPath";
import { createConversation } from "@/conversations/queries";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { Dialog } from "@/ui/Dialog";
import { INPUT } from "@/ui/Field";
import { ErrorNote } from "@/ui/Notice";
import { ChoiceList } from "./ChoiceList";
import { useChoices, type Choice } from "./useChoices";

/** Jumps to a conversation, or to a person, by name. */
export function QuickSwitcher({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [place, setPlace] = useState(0);
  const listId = useId();
  const openPath = useOpenPath();
  const { choices, isSearching, error } = useChoices(text);
  const active = choices[Math.min(place, choices.length - 1)];

  const open = (id: string) => {
    onClose();
    openPath(`/c/${encodeURIComponent(id)}`);
  };
  const creation = useMutation({
    mutationFn: (userId: number) => createConversation({ type: "direct", participantIds: [userId] }),
    onSuccess: ({ id }) => open(id),
  });
  const pick = (choice: Choice) => {
    if (choice.kind === "conversation") open(choice.id);
    else creation.mutate(choice.person.userId);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.altKey) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && choices.length > 0) {
      setPlace((before) => (Math.min(before, choices.length - 1) + step + choices.length) % choices.length);
    } else if (event.key === "Enter" && active !== undefined && !creation.isPending) pick(active);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog title={t("switcher.title")} closeLabel={t("app.close")} onClose={onClose}>
      <div className="relative mx-5 mb-2">
        <Search aria-hidden className="absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted" />
        <input
          role="combobox"
          aria-label={t("switcher.label")}
          aria-autocomplete="list"
          aria-expanded={choices.length > 0}
          aria-controls={listId}
          aria-activedescendant={active === undefined ? undefined : `${listId}-${active.id}`}
          placeholder={t("switcher.label")}
          value={text}
          maxLength={64}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => {
            setText(event.target.value);
            setPlace(0);
          }}
          onKeyDown={onKeyDown}
          className={`${INPUT} pl-9`}
        />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-3 pb-3">
        {creation.error !== null && <ErrorNote>{describeError(creation.error)}</ErrorNote>}
        <ChoiceList id={listId} choices={choices} activeId={active?.id} onPick={pick} />
        {error !== null && (
          <p className="p-3 text-center text-sm text-muted">
            {t("switcher.peopleFailed", { reason: describeError(error) })}
          </p>
        )}
        {choices.length === 0 && !isSearching && error === null && (
          <p className="p-3 text-center text-sm text-muted">{t("switcher.none", { text: text.trim() })}</p>
        )}
      </div>
    </Dialog>
  );
}
