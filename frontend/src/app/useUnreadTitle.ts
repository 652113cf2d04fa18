import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { totalUnread } from "@/conversations/cache";
import { conversationsQuery } from "@/conversations/queries";
import { showCount } from "./favicon";
import { tellUnread } from "./title";

/** Shows how much is unread in the tab's title and on its icon. */
export function useUnreadTitle(): void {
  const { data: unread = 0 } = useQuery({ ...conversationsQuery, select: totalUnread });
  useEffect(() => {
    tellUnread(unread);
    void showCount(unread);
    return () => {
      tellUnread(0);
      void showCount(0);
    };
  }, [unread]);
}
