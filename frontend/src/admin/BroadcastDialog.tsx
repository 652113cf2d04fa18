import { useMutation } from "@tanstack/react-query";
import type { SendBroadcast } from "@/api/types";
import { t } from "@/locales";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { sendBroadcast } from "./queries";

interface BroadcastDialogProps {
  broadcast: SendBroadcast;
  onDone: (broadcast: SendBroadcast) => void;
  onClose: () => void;
}

/** Shows once more what is about to be sent, and to whom: it cannot be taken back. */
export function BroadcastDialog({ broadcast, onDone, onClose }: BroadcastDialogProps) {
  const { title, content, roles, userIds } = broadcast;
  const sending = useMutation({ mutationFn: () => sendBroadcast(broadcast), onSuccess: () => onDone(broadcast) });
  const to =
    userIds.length > 0
      ? t("broadcast.toPeople", { count: userIds.length })
      : t(`broadcast.to.${roles[0] === "moderator" || roles[0] === "admin" ? roles[0] : "everybody"}`);
  return (
    <ConfirmDialog
      title={t("broadcast.confirmTitle")}
      text={t("broadcast.confirmText", { audience: to })}
      confirm={t("broadcast.send")}
      busy={sending.isPending}
      error={sending.error}
      onConfirm={() => sending.mutate()}
      onClose={onClose}
    >
      <blockquote className="max-h-48 overflow-y-auto rounded-lg bg-hover px-3 py-2 [overflow-wrap:anywhere] whitespace-pre-wrap">
        <p className="font-medium">{title}</p>
        <p>{content}</p>
      </blockquote>
    </ConfirmDialog>
  );
}
