import { ShieldAlert } from "lucide-react";
import { Outlet, useMatch } from "react-router";
import { Page } from "@/app/Page";
import { useMe } from "@/auth/me";
import { t } from "@/locales";
import { EmptyState } from "@/ui/Notice";
import { PageTabs } from "@/ui/PageTabs";
import { isAdmin, moderates } from "./rights";

const PAGES = [
  ["/admin", "admin.people"],
  ["/admin/broadcast", "broadcast.title"],
] as const;

/** What is for administrators only, but for the accounts, which are for moderators too. */
export function AdminLayout() {
  const { roles } = useMe();
  const isAccounts = useMatch("/admin") !== null;
  const isAllowed = isAdmin(roles) || (isAccounts && moderates(roles));
  const pages = PAGES.map(([path, key]) => ({ path, title: t(key) }));
  return (
    <Page
      title={t("admin.title")}
      width="wide"
      bar={isAdmin(roles) && <PageTabs label={t("admin.pages")} pages={pages} />}
    >
      {isAllowed ? <Outlet /> : <EmptyState icon={ShieldAlert} title={t("admin.refused")} />}
    </Page>
  );
}
