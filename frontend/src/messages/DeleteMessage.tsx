import { useMutation } from "@tanstack/react-query";
import type { Message } from "@/api/types";
import { t } from "@/locales";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { deleteMessage } from "./change";

/** Asks before a message is deleted for everybody. */
export function DeleteMessage({ message, onClose }: { message: Message; onClose: () => void }) {
  const deletion = useMutation({ mutationFn: () => deleteMessage(message.id), onSuccess: onClose });
  return (
    <ConfirmDialog
      title={t("messages.deleteTitle")}
      text={t("messages.deleteText")}
      confirm={t("messages.delete")}
      busy={deletion.isPending}
      error={deletion.error}
      onConfirm={() => deletion.mutate()}
      onClose={onClose}
    >
      <p className="line-clamp-3 rounded-lg bg-canvas px-3 py-2 [overflow-wrap:anywhere]">{message.content}</p>
    </ConfirmDialog>
  );
}
