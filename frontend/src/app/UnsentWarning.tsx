import { t } from "@/locales";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";

interface UnsentWarningProps {
  count: number;
  onLeave: () => void;
  onStay: () => void;
}

/** Asks before signing out discards what was not sent yet. */
export function UnsentWarning({ count, onLeave, onStay }: UnsentWarningProps) {
  return (
    <Dialog title={t("auth.unsent.title")} closeLabel={t("app.close")} onClose={onStay} size="fit">
      <p className="px-5 pb-5 text-sm">{t("auth.unsent.text", { count })}</p>
      <footer className="flex flex-wrap justify-end gap-2 border-t border-line p-3">
        <Button variant="quiet" onClick={onLeave}>
          {t("auth.unsent.confirm")}
        </Button>
        <Button onClick={onStay}>{t("auth.unsent.stay")}</Button>
      </footer>
    </Dialog>
  );
}
