import { Sparkles } from "lucide-react";
import { useEffect } from "react";
import { announce } from "@/lib/announce";
import { t } from "@/locales";
import { update, useUpdate } from "@/offline/register";

/** Offers a new version of the app; nobody is interrupted by it. */
export function UpdateBanner() {
  const isOffered = useUpdate(({ waiting }) => waiting !== null);
  useEffect(() => {
    if (isOffered) announce(t("app.update"));
  }, [isOffered]);
  if (!isOffered) return null;
  return (
    <p className="flex items-center justify-center gap-2 bg-selected px-4 py-1.5 text-center text-xs">
      <Sparkles aria-hidden className="size-3.5 shrink-0" />
      {t("app.update")}
      <button
        type="button"
        onClick={update}
        className="min-h-6 font-medium text-accent-ink underline underline-offset-2"
      >
        {t("app.reload")}
      </button>
    </p>
  );
}
