import { useEffect, useRef } from "react";
import { NavLink, Outlet, useLocation } from "react-router";
import { Page } from "@/app/Page";
import { t } from "@/locales";

const PAGES = [
  ["/settings", "settings.general"],
  ["/settings/profile", "settings.profile"],
  ["/settings/password", "settings.security"],
  ["/settings/devices", "settings.devices"],
  ["/settings/blocked", "settings.blocked"],
] as const;

/** What all settings have in common: the way from one to the other. */
export function SettingsLayout() {
  const { pathname } = useLocation();
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone there is no room for all of them.
    nav.current?.querySelector('[aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [pathname]);
  return (
    <Page
      title={t("settings.title")}
      bar={
        <nav
          ref={nav}
          aria-label={t("settings.pages")}
          className="flex shrink-0 gap-1 overflow-x-auto border-b border-line bg-surface px-3 py-2 md:px-5"
        >
          {PAGES.map(([path, key]) => (
            <NavLink
              key={path}
              to={path}
              end
              className="inline-flex min-h-8 shrink-0 items-center rounded-full px-3 text-sm text-muted hover:bg-hover focus-visible:-outline-offset-2 aria-[current=page]:bg-selected aria-[current=page]:font-medium aria-[current=page]:text-ink"
            >
              {t(key)}
            </NavLink>
          ))}
        </nav>
      }
    >
      <Outlet />
    </Page>
  );
}
