import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { totalUnread } from "@/conversations/cache";
import { conversationsQuery } from "@/conversations/queries";
import { t } from "@/locales";

/** Shows how much is unread in the tab's title. */
export function useUnreadTitle(): void {
  const { data: unread = 0 } = useQuery({ ...conversationsQuery, select: totalUnread });
  useEffect(() => {
    document.title = unread === 0 ? t("app.name") : t("app.titleUnread", { count: unread });
    return () => {
      document.title = t("app.name");
    };
  }, [unread]);
}
