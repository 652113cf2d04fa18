import { Bug } from "lucide-react";
import { t } from "@/locales";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/Notice";

export function CrashPage() {
  return (
    <main role="alert" className="flex h-full">
      <EmptyState icon={Bug} title={t("app.crashed")}>
        <Button onClick={() => window.location.reload()}>{t("app.reload")}</Button>
      </EmptyState>
    </main>
  );
}
