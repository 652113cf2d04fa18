import { ShieldAlert } from "lucide-react";
import { Outlet } from "react-router";
import { Page } from "@/app/Page";
import { useMe } from "@/auth/me";
import { t } from "@/locales";
import { EmptyState } from "@/ui/Notice";
import { PageTabs } from "@/ui/PageTabs";

const PAGES = [
  ["/admin", "admin.people"],
  ["/admin/broadcast", "broadcast.title"],
] as const;

/** What is for administrators only. */
export function AdminLayout() {
  const isAdmin = useMe().roles.includes("admin");
  const pages = PAGES.map(([path, key]) => ({ path, title: t(key) }));
  return (
    <Page title={t("admin.title")} width="wide" bar={isAdmin && <PageTabs label={t("admin.pages")} pages={pages} />}>
      {isAdmin ? <Outlet /> : <EmptyState icon={ShieldAlert} title={t("admin.refused")} />}
    </Page>
  );
}
