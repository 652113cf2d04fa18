import { Outlet } from "react-router";
import { Page } from "@/app/Page";
import { t } from "@/locales";
import { PageTabs } from "@/ui/PageTabs";

const PAGES = [
  ["/settings", "settings.general"],
  ["/settings/profile", "settings.profile"],
  ["/settings/password", "settings.security"],
  ["/settings/devices", "settings.devices"],
  ["/settings/blocked", "settings.blocked"],
] as const;

/** What all settings have in common: the way from one to the other. */
export function SettingsLayout() {
  const pages = PAGES.map(([path, key]) => ({ path, title: t(key) }));
  return (
    <Page title={t("settings.title")} bar={<PageTabs label={t("settings.pages")} pages={pages} />}>
      <Outlet />
    </Page>
  );
}
