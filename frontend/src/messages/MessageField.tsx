import { useEffect, useLayoutEffect, type KeyboardEvent, type RefObject } from "react";
import { useMe } from "@/auth/me";
import { useHeldConversation } from "@/conversations/queries";
import { announce } from "@/lib/announce";
import { t } from "@/locales";
import { MentionList, optionId } from "@/mentions/MentionList";
import { useMentions } from "@/mentions/useMentions";

/** The server counts characters, as code points. */
const MAX_CHARACTERS = 8_000;

/** How many characters are too many. */
export function excessOf(text: string): number {
  return text.length <= MAX_CHARACTERS ? 0 : Math.max(0, Array.from(text).length - MAX_CHARACTERS);
}

interface MessageFieldProps {
  /** Whose members can be named in the text. */
  conversationId: string;
  field: RefObject<HTMLTextAreaElement | null>;
  label: string;
  value: string;
  onChange: (text: string) => void;
  onSend: () => void;
  /** Called with the keys that are not the field's own. */
  onKeyDown?: (event: KeyboardEvent<HTMLTextAreaElement>) => void;
  onBlur?: () => void;
  /** The id of what is to be read with it. */
  describedBy?: string | undefined;
  /** Takes files that are pasted. */
  onFiles?: (files: File[]) => void;
}

/**
 * A text that grows with what is written. Enter sends, Shift+Enter breaks the line, as Enter does on touch screens; "@" offers whom to name. It stays a
 * text field with a list: a `combobox` has no lines.
 */
export function MessageField(props: MessageFieldProps) {
  const { field, conversationId, label, value, onChange, onSend, onKeyDown, onBlur, onFiles, describedBy } = props;
  const { userId } = useMe();
  const mentions = useMentions(field, useHeldConversation(conversationId), userId, onChange);
  const isNaming = mentions.candidates.length > 0;
  const isTooLong = excessOf(value) > 0;
  useEffect(() => {
    if (isTooLong) announce(document.getElementById("composer-excess")?.textContent ?? "");
  }, [isTooLong]);
  useLayoutEffect(() => fitHeight(field.current), [field, value]);

  // The keyboards of phones have no Shift+Enter: there the button sends, and Ctrl+Enter where there are more keys.
  const isTouch = window.matchMedia("(pointer: coarse)").matches;
  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes a character, its keys belong to it.
    if (event.nativeEvent.isComposing || mentions.onKeyDown(event)) return;
    const isSending = event.ctrlKey || event.metaKey || !isTouch;
    if (event.key === "Enter" && !event.shiftKey && isSending) {
      event.preventDefault();
      onSend();
    } else onKeyDown?.(event);
  };
  return (
    <div className="relative flex min-w-0 flex-1">
      {isNaming && (
        <MentionList
          id={mentions.listId}
          candidates={mentions.candidates}
          active={mentions.active}
          onPick={mentions.pick}
        />
      )}
      <textarea
        ref={field}
        dir="auto"
        rows={1}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
          mentions.onCaret();
        }}
        onSelect={mentions.onCaret}
        onPaste={(event) => {
          const { files, types } = event.clipboardData;
          // What was copied from a document comes as a picture of itself, too.
          if (onFiles === undefined || files.length === 0 || types.includes("text/plain")) return;
          event.preventDefault();
          onFiles([...files]);
        }}
        onKeyDown={press}
        onBlur={() => {
          mentions.close();
          onBlur?.();
        }}
        enterKeyHint={isTouch ? "enter" : "send"}
        aria-label={label}
        aria-autocomplete="list"
        aria-controls={isNaming ? mentions.listId : undefined}
        aria-activedescendant={mentions.active === undefined ? undefined : optionId(mentions.listId, mentions.active)}
        aria-invalid={isTooLong}
        aria-describedby={isTooLong ? "composer-excess" : describedBy}
        placeholder={t("composer.placeholder")}
        className="max-h-40 min-h-11 w-full resize-none rounded-2xl border border-field bg-surface px-4 py-2.5 text-base leading-snug placeholder:text-muted focus-visible:-outline-offset-1 aria-invalid:border-danger sm:text-[0.9375rem]"
      />
    </div>
  );
}

/** Says how much is too much. */
export function ExcessNote({ text }: { text: string }) {
  const excess = excessOf(text);
  if (excess === 0) return null;
  return (
    <p id="composer-excess" className="mx-auto mt-1 w-full max-w-3xl px-4 text-xs text-danger">
      {t("composer.tooLong", { count: excess })}
    </p>
  );
}

function fitHeight(field: HTMLTextAreaElement | null): void {
  if (field === null) return;
  field.style.height = "auto";
  const border = field.offsetHeight - field.clientHeight;
  field.style.height = `${field.scrollHeight + border}px`;
}
