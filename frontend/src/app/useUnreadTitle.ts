import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { totalUnread } from "@/conversations/cache";
import { conversationsQuery } from "@/conversations/queries";
import { t } from "@/locales";
import { showCount } from "./favicon";

/** Shows how much is unread in the tab's title and on its icon. */
export function useUnreadTitle(): void {
  const { data: unread = 0 } = useQuery({ ...conversationsQuery, select: totalUnread });
  useEffect(() => {
    document.title = unread === 0 ? t("app.name") : t("app.titleUnread", { count: unread });
    void showCount(unread);
    return () => {
      document.title = t("app.name");
      void showCount(0);
    };
  }, [unread]);
}
