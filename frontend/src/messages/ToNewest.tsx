import { ArrowDown } from "lucide-react";
import { t } from "@/locales";

/** Leads back to the end, and tells how much has come there meanwhile. */
export function ToNewest({ unseen, onClick }: { unseen: number; onClick: () => void }) {
  return (
    <button
      type="button"
      onClick={onClick}
      aria-label={t("messages.toNewest")}
      className="absolute right-4 bottom-4 inline-flex min-h-10 min-w-10 animate-appear items-center justify-center gap-2 rounded-full border border-line bg-raised px-2.5 text-sm shadow-float hover:bg-hover"
    >
      {unseen > 0 && <span className="pl-1 font-medium">{t("messages.new", { count: unseen })}</span>}
      <ArrowDown aria-hidden className="size-4" />
    </button>
  );
}
