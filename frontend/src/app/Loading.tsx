import { t } from "@/locales";
import { Spinner } from "@/ui/Spinner";

export function Loading() {
  return (
    <main className="flex h-full items-center justify-center">
      <Spinner label={t("app.loading")} className="size-6" />
    </main>
  );
}
