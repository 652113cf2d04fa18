import { QueryClientProvider } from "@tanstack/react-query";
import { Outlet, useMatch } from "react-router";
import { queryClient } from "@/api/queryClient";
import { ConversationList } from "@/conversations/ConversationList";
import { NewChat } from "@/conversations/NewChat";
import { useLeaveWarning } from "@/files/useLeaveWarning";
import { useNoDrop } from "@/files/useNoDrop";
import { cx } from "@/lib/cx";
import { t } from "@/locales";
import { NotificationsBell } from "@/notifications/NotificationsBell";
import { useAlerts } from "@/notifications/useAlerts";
import { Announcer } from "@/ui/Announcer";
import { AccountMenu } from "./AccountMenu";
import { ConnectionBanner } from "./ConnectionBanner";
import { Overlays } from "./Overlays";
import { UpdateBanner } from "./UpdateBanner";
import { useShortcuts } from "./useShortcuts";
import { useUnreadTitle } from "./useUnreadTitle";

/** The list beside what is open, a conversation or the settings; on narrow screens one of the two. */
function Frame() {
  const isOpen = useMatch("/") === null;
  useUnreadTitle();
  useAlerts();
  useShortcuts();
  useLeaveWarning();
  useNoDrop();

  return (
    <div className="flex h-full flex-col">
      <a
        href="#content"
        className="sr-only z-30 rounded-br-lg bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:absolute"
      >
        {t("app.skipToContent")}
      </a>
      <ConnectionBanner />
      <UpdateBanner />
      <div className="flex min-h-0 flex-1">
        <section
          aria-label={t("conversations.title")}
          className={cx(
            "relative w-full min-w-0 flex-col border-line bg-surface md:flex md:w-80 md:shrink-0 md:border-r lg:w-[22rem]",
            isOpen ? "hidden" : "flex",
          )}
        >
          <header className="flex h-16 shrink-0 items-center gap-0.5 pr-4 pl-5">
            <h1 className="mr-auto text-xl font-semibold tracking-tight">{t("conversations.title")}</h1>
            <NewChat />
            <NotificationsBell />
            <AccountMenu />
          </header>
          <ConversationList />
        </section>
        <main
          id="content"
          tabIndex={-1}
          className={cx("min-w-0 flex-1 flex-col outline-none md:flex", isOpen ? "flex" : "hidden")}
        >
          <Outlet />
        </main>
      </div>
      <Announcer />
      <Overlays />
    </div>
  );
}

/** The app for signed-in people. */
export function Shell() {
  return (
    <QueryClientProvider client={queryClient}>
      <Frame />
    </QueryClientProvider>
  );
}
