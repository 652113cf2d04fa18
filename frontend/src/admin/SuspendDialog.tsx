import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { t } from "@/locales";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Select } from "@/ui/Select";
import { TextArea } from "@/ui/TextArea";
import { suspend } from "./queries";

const DAY_MS = 86_400_000;
const SPANS = { day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS, forGood: null } as const;
type Span = keyof typeof SPANS;

/** Asks why, and for how long, somebody is suspended. */
export function SuspendDialog({ userId, name, onClose }: { userId: number; name: string; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [span, setSpan] = useState<Span>("week");
  const [isMissing, setIsMissing] = useState(false);
  const suspension = useMutation({
    mutationFn: () => {
      const ms = SPANS[span];
      const until = ms === null ? {} : { until: new Date(Date.now() + ms).toISOString() };
      return suspend(userId, { reason: reason.trim(), ...until });
    },
    onSuccess: onClose,
  });
  return (
    <ConfirmDialog
      title={t("admin.suspendTitle", { name })}
      text={t("admin.suspendText")}
      confirm={t("admin.suspend")}
      busy={suspension.isPending}
      error={suspension.error}
      onConfirm={() => {
        setIsMissing(reason.trim() === "");
        if (reason.trim() !== "") suspension.mutate();
      }}
      onClose={onClose}
    >
      <TextArea
        label={t("admin.reason")}
        value={reason}
        rows={3}
        maxLength={500}
        error={isMissing ? t("admin.needsReason") : undefined}
        onChange={(event) => setReason(event.target.value)}
      />
      <Select
        label={t("admin.until")}
        value={span}
        options={(Object.keys(SPANS) as Span[]).map((value) => ({ value, label: t(`admin.until.${value}`) }))}
        onChange={setSpan}
        isField
      />
    </ConfirmDialog>
  );
}
