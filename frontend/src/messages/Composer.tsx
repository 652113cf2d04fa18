import { SendHorizontal } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useMe } from "@/auth/me";
import { t } from "@/locales";
import { useTypingSignal } from "@/typing/useTypingSignal";
import { IconButton } from "@/ui/IconButton";
import { ComposerBar } from "./ComposerBar";
import { keepDraft, readDraft } from "./drafts";
import { editLast, useEditing } from "./editing";
import { excessOf, ExcessNote, MessageField } from "./MessageField";
import { MessageEditor } from "./MessageEditor";
import { outbox } from "./outboxStore";

interface ComposerProps {
  conversationId: string;
  name: string;
}

/** Where messages are written, and where their text is changed. */
export function Composer({ conversationId, name }: ComposerProps) {
  const editing = useEditing(({ message }) => message);
  return editing?.conversationId === conversationId ? (
    <MessageEditor key={editing.id} message={editing} />
  ) : (
    <Writer conversationId={conversationId} name={name} />
  );
}

/** Holds its text itself, so that typing draws nothing else anew. */
function Writer({ conversationId, name }: ComposerProps) {
  const { userId } = useMe();
  const [text, setText] = useState(() => readDraft(userId, conversationId));
  const field = useRef<HTMLTextAreaElement>(null);
  const typing = useTypingSignal(conversationId);
  const canSend = text.trim() !== "" && excessOf(text) === 0;

  useEffect(() => {
    // On a phone the keyboard would cover what there is to read.
    if (window.matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);

  const write = (next: string) => {
    setText(next);
    keepDraft(userId, conversationId, next);
    if (next.trim() === "") typing.stop();
    else typing.typed();
  };
  const send = async () => {
    if (!canSend) return;
    setText("");
    typing.stop();
    field.current?.focus();
    await outbox.add(conversationId, text.trim());
    // Not before it is kept elsewhere, and not if something new was begun meanwhile.
    if (readDraft(userId, conversationId) === text) keepDraft(userId, conversationId, "");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    const isPlain = !altKey && !ctrlKey && !metaKey && !shiftKey;
    if (key === "ArrowUp" && isPlain && text === "" && editLast(conversationId, userId)) event.preventDefault();
  };

  return (
    <ComposerBar onSubmit={() => void send()}>
      <div className="mx-auto flex w-full max-w-3xl items-end gap-2">
        <MessageField
          field={field}
          conversationId={conversationId}
          label={t("composer.label", { name })}
          value={text}
          onChange={write}
          onSend={() => void send()}
          onKeyDown={onKeyDown}
          onBlur={() => typing.stop()}
        />
        <IconButton type="submit" label={t("composer.send")} disabled={!canSend} look="solid">
          <SendHorizontal aria-hidden />
        </IconButton>
      </div>
      <ExcessNote text={text} />
    </ComposerBar>
  );
}
