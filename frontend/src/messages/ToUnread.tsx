import { ArrowUp } from "lucide-react";
import { t } from "@/locales";
import { Spinner } from "@/ui/Spinner";

/** Leads up to where reading stopped. */
export function ToUnread({ isBusy, onClick }: { isBusy: boolean; onClick: () => void }) {
  return (
    <button
      type="button"
      onClick={onClick}
      aria-busy={isBusy}
      className="absolute top-3 left-1/2 inline-flex min-h-9 -translate-x-1/2 items-center gap-2 rounded-full border border-line bg-raised px-3.5 text-sm font-medium text-accent-ink shadow-float hover:bg-hover"
    >
      {isBusy ? <Spinner /> : <ArrowUp aria-hidden className="size-4" />}
      {t("messages.toUnread")}
    </button>
  );
}
