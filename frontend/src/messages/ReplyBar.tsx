import { Reply, X } from "lucide-react";
import { useMe } from "@/auth/me";
import { t } from "@/locales";
import { IconButton } from "@/ui/IconButton";
import { useQuoted } from "./useQuoted";

interface ReplyBarProps {
  /** For what describes itself by it. */
  id: string;
  conversationId: string;
  /** The id of the message that is answered. */
  replyTo: string;
  onCancel: () => void;
}

/** Above the composer: what the message that is being written answers. */
export function ReplyBar({ id, conversationId, replyTo, onCancel }: ReplyBarProps) {
  const { userId } = useMe();
  const { name, isMine, text } = useQuoted(conversationId, replyTo, userId);
  return (
    <div className="mx-auto mb-2 flex w-full max-w-3xl items-center gap-2 pl-1">
      <Reply aria-hidden className="size-5 shrink-0 text-accent-ink" />
      <p id={id} className="flex min-w-0 flex-1 flex-col border-l-[3px] border-accent-ink pl-2.5 text-xs leading-snug">
        <span className="truncate font-medium text-accent-ink">
          {isMine ? t("replies.writingToSelf") : name === "" ? t("replies.writing") : t("replies.writingTo", { name })}
        </span>{" "}
        <span dir="auto" className="truncate text-left text-muted">
          {text}
        </span>
      </p>
      <IconButton label={t("replies.cancel")} onClick={onCancel} look="small">
        <X aria-hidden />
      </IconButton>
    </div>
  );
}
