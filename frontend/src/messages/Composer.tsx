import { SendHorizontal } from "lucide-react";
import { useCallback, useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useMe } from "@/auth/me";
import { AttachButton } from "@/files/AttachButton";
import { Picked } from "@/files/Picked";
import { MAX_FILES, pick, pickedIn, sendWith, useUploads } from "@/files/uploads";
import { useDrop } from "@/files/useDrop";
import { t } from "@/locales";
import { useTypingSignal } from "@/typing/useTypingSignal";
import { IconButton } from "@/ui/IconButton";
import { ComposerBar } from "./ComposerBar";
import { useAsComposer } from "./composerField";
import { keepDraft, keepReply, readDraft, useReply } from "./drafts";
import { editLast, useEditing } from "./editing";
import { excessOf, ExcessNote, MessageField } from "./MessageField";
import { MessageEditor } from "./MessageEditor";
import { outbox } from "./outboxStore";
import { replyToNeighbour } from "./replies";
import { ReplyBar } from "./ReplyBar";

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
  const [tooMany, setTooMany] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const typing = useTypingSignal(conversationId);
  const uploads = useUploads(({ uploads }) => uploads);
  const picked = useMemo(() => pickedIn(uploads, conversationId), [uploads, conversationId]);
  const isWhole = picked.every(({ state }) => state !== "failed");
  const canSend = (text.trim() !== "" || picked.length > 0) && isWhole && excessOf(text) === 0;
  const attach = useCallback(
    (files: File[]) => {
      setTooMany(pick(conversationId, files) < files.length);
      field.current?.focus();
    },
    [conversationId],
  );
  const isOver = useDrop(attach);
  const replyTo = useReply(userId, conversationId);
  const replyId = useId();
  useAsComposer(field);

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
    setTooMany(false);
    typing.stop();
    field.current?.focus();
    const answers = replyTo === null ? {} : { replyTo };
    const stored =
      picked.length > 0
        ? sendWith(conversationId, text.trim(), answers)
        : outbox.add(conversationId, text.trim(), answers);
    keepReply(userId, conversationId, null);
    await stored;
    // Not before it is kept elsewhere, and not if something new was begun meanwhile.
    if (readDraft(userId, conversationId) === text) keepDraft(userId, conversationId, "");
  };
  const cancelReply = () => {
    keepReply(userId, conversationId, null);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const { key, altKey, ctrlKey, metaKey, shiftKey, currentTarget } = event;
    const isPlain = !altKey && !ctrlKey && !metaKey && !shiftKey;
    const isCommand = ctrlKey !== metaKey && !altKey && !shiftKey;
    if (key === "ArrowUp" && isPlain && text === "" && editLast(conversationId, userId)) event.preventDefault();
    else if (key === "Escape" && replyTo !== null) {
      // Else it would close the conversation as well.
      event.preventDefault();
      cancelReply();
    } else if ((key === "ArrowUp" || key === "ArrowDown") && isCommand && currentTarget.selectionEnd === 0) {
      // Within a text they lead to its beginning, where they mean this.
      event.preventDefault();
      replyToNeighbour(conversationId, userId, key === "ArrowUp" ? -1 : 1);
    }
  };

  return (
    <ComposerBar onSubmit={() => void send()}>
      {isOver && (
        <p className="pointer-events-none fixed inset-3 z-30 flex items-center justify-center rounded-2xl border-2 border-dashed border-accent-ink bg-surface/90 text-lg font-medium text-accent-ink">
          {t("files.drop", { name })}
        </p>
      )}
      {replyTo !== null && (
        <ReplyBar id={replyId} conversationId={conversationId} replyTo={replyTo} onCancel={cancelReply} />
      )}
      <Picked uploads={picked} />
      {tooMany && (
        <p role="alert" className="mx-auto mb-2 w-full max-w-3xl px-1 text-xs text-danger">
          {t("files.tooMany", { count: MAX_FILES })}
        </p>
      )}
      <div className="mx-auto flex w-full max-w-3xl items-end gap-1 sm:gap-2">
        <AttachButton onFiles={attach} />
        <MessageField
          field={field}
          conversationId={conversationId}
          label={t("composer.label", { name })}
          value={text}
          onChange={write}
          onSend={() => void send()}
          describedBy={replyTo === null ? undefined : replyId}
          onKeyDown={onKeyDown}
          onFiles={attach}
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
