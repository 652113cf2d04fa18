import { useMutation } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import type { Message } from "@/api/types";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { IconButton } from "@/ui/IconButton";
import { ErrorNote } from "@/ui/Notice";
import { editMessage } from "./change";
import { ComposerBar } from "./ComposerBar";
import { stopEditing } from "./editing";
import { excessOf, ExcessNote, MessageField } from "./MessageField";

/** Changes the text of a message, in place of the composer. What was begun there stays a draft. */
export function MessageEditor({ message }: { message: Message }) {
  const [text, setText] = useState(message.content);
  const field = useRef<HTMLTextAreaElement>(null);
  const edit = useMutation({
    mutationFn: (content: string) => editMessage(message.id, content),
    onSuccess: stopEditing,
  });
  const isEmpty = text.trim() === "" && message.attachments.length === 0;

  useEffect(() => {
    const element = field.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);

  const save = () => {
    if (isEmpty || excessOf(text) > 0 || edit.isPending) return;
    if (text.trim() === message.content) stopEditing();
    else edit.mutate(text.trim());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    // Else it would close the conversation as well.
    event.preventDefault();
    stopEditing();
  };

  return (
    <ComposerBar onSubmit={save}>
      <div className="mx-auto mb-1.5 flex w-full max-w-3xl items-center justify-between gap-2 pl-4 text-xs text-muted">
        <span className="min-w-0 truncate">
          {t("messages.editing")} <span aria-hidden>{message.content}</span>
        </span>
        <IconButton label={t("messages.stopEditing")} onClick={stopEditing} look="small">
          <X aria-hidden />
        </IconButton>
      </div>
      {edit.error !== null && (
        <div className="mx-auto mb-2 w-full max-w-3xl">
          <ErrorNote>{describeError(edit.error)}</ErrorNote>
        </div>
      )}
      <div className="mx-auto flex w-full max-w-3xl items-end gap-2">
        <MessageField
          field={field}
          conversationId={message.conversationId}
          label={t("messages.newText")}
          value={text}
          onChange={setText}
          onSend={save}
          onKeyDown={onKeyDown}
        />
        <IconButton
          type="submit"
          label={t("messages.saveEdit")}
          disabled={isEmpty || excessOf(text) > 0 || edit.isPending}
          look="solid"
        >
          <Check aria-hidden />
        </IconButton>
      </div>
      <ExcessNote text={text} />
    </ComposerBar>
  );
}
