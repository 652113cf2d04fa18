import { useMutation } from "@tanstack/react-query";
import { t } from "@/locales";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { setBlocked } from "./queries";

interface BlockDialogProps {
  userId: number;
  name: string;
  onClose: () => void;
  onBlocked?: () => void;
}

/** Asks before somebody is blocked. */
export function BlockDialog({ userId, name, onClose, onBlocked }: BlockDialogProps) {
  const block = useMutation({
    mutationFn: () => setBlocked(userId, true),
    onSuccess: () => {
      onClose();
      onBlocked?.();
    },
  });
  return (
    <ConfirmDialog
      title={t("people.blockTitle", { name })}
      text={t("people.blockText")}
      confirm={t("people.block")}
      busy={block.isPending}
      error={block.error}
      onConfirm={() => block.mutate()}
      onClose={onClose}
    />
  );
}
