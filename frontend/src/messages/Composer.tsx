import { SendHorizontal } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { useMe } from "@/auth/me";
import { announce } from "@/lib/announce";
import { t } from "@/locales";
import { IconButton } from "@/ui/IconButton";
import { keepDraft, readDraft } from "./drafts";
import { outbox } from "./outboxStore";

/** The server counts characters, as code points. */
const MAX_CHARACTERS = 8_000;

/** Where messages are written. It holds its text itself, so that typing draws nothing else anew. */
export function Composer({ conversationId, name }: { conversationId: string; name: string }) {
  const { userId } = useMe();
  const [text, setText] = useState(() => readDraft(userId, conversationId));
  const field = useRef<HTMLTextAreaElement>(null);
  const excess = text.length <= MAX_CHARACTERS ? 0 : Math.max(0, Array.from(text).length - MAX_CHARACTERS);
  const canSend = text.trim() !== "" && excess === 0;

  useEffect(() => {
    // On a phone the keyboard would cover what there is to read.
    if (window.matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);
  const isTooLong = excess > 0;
  useEffect(() => {
    if (isTooLong) announce(document.getElementById("composer-excess")?.textContent ?? "");
  }, [isTooLong]);
  useLayoutEffect(() => fitHeight(field.current), [text]);

  const write = (next: string) => {
    setText(next);
    keepDraft(userId, conversationId, next);
  };
  const send = async () => {
    if (!canSend) return;
    setText("");
    field.current?.focus();
    await outbox.add(conversationId, text.trim());
    // Not before it is kept elsewhere, and not if something new was begun meanwhile.
    if (readDraft(userId, conversationId) === text) keepDraft(userId, conversationId, "");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes a character, Enter belongs to it.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  };

  return (
    <form
      className="shrink-0 border-t border-line bg-surface px-3 pt-2.5 pb-[max(0.625rem,env(safe-area-inset-bottom))] md:px-6"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <div className="mx-auto flex w-full max-w-3xl items-end gap-2">
        <textarea
          ref={field}
          rows={1}
          value={text}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
          enterKeyHint="send"
          aria-label={t("composer.label", { name })}
          aria-invalid={excess > 0}
          aria-describedby={excess > 0 ? "composer-excess" : undefined}
          placeholder={t("composer.placeholder")}
          className="max-h-40 min-h-11 flex-1 resize-none rounded-2xl border border-field bg-surface px-4 py-2.5 text-base leading-snug placeholder:text-muted focus-visible:-outline-offset-1 aria-invalid:border-danger sm:text-[0.9375rem]"
        />
        <IconButton type="submit" label={t("composer.send")} disabled={!canSend} look="solid">
          <SendHorizontal aria-hidden />
        </IconButton>
      </div>
      {excess > 0 && (
        <p id="composer-excess" className="mx-auto mt-1 w-full max-w-3xl px-4 text-xs text-danger">
          {t("composer.tooLong", { count: excess })}
        </p>
      )}
    </form>
  );
}

function fitHeight(field: HTMLTextAreaElement | null): void {
  if (field === null) return;
  field.style.height = "auto";
  const border = field.offsetHeight - field.clientHeight;
  field.style.height = `${field.scrollHeight + border}px`;
}
