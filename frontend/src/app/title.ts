import { useEffect } from "react";
import { t } from "@/locales";

/** What the tab's title tells: the page that is open, if it has a name, and how much is unread. */
const told = { page: "", unread: 0 };

function tell(change: Partial<typeof told>): void {
  Object.assign(told, change);
  const title = told.page === "" ? t("app.name") : t("app.titlePage", { page: told.page });
  document.title = told.unread === 0 ? title : t("app.titleUnread", { count: told.unread, title });
}

/** Names the page in the tab's title while it is open. */
export function usePageTitle(page: string): void {
  useEffect(() => {
    tell({ page });
    return () => tell({ page: "" });
  }, [page]);
}

/** Shows in the tab's title how much is unread. */
export function tellUnread(unread: number): void {
  tell({ unread });
}
