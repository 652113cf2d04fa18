import { Compass } from "lucide-react";
import { Link } from "react-router";
import { t } from "@/locales";
import { EmptyState } from "@/ui/Notice";

export function NotFoundPage() {
  return (
    <main className="flex h-full">
      <EmptyState icon={Compass} title={t("app.notFound")}>
        <Link to="/" className="font-medium text-accent-ink underline">
          {t("conversations.back")}
        </Link>
      </EmptyState>
    </main>
  );
}
