import { useQuery } from "@tanstack/react-query";
import { Bell } from "lucide-react";
import { useState } from "react";
import { t } from "@/locales";
import { Badge } from "@/ui/Badge";
import { IconButton } from "@/ui/IconButton";
import { Popover } from "@/ui/Popover";
import { NotificationPanel } from "./NotificationPanel";
import { notificationCountQuery } from "./queries";

/** The bell with the number of unread notifications, and the panel it opens. */
export function NotificationsBell() {
  const [open, setOpen] = useState(false);
  const { data: count = 0 } = useQuery(notificationCountQuery);
  const label = count === 0 ? t("notifications.open") : t("notifications.openUnread", { count });
  return (
    <Popover
      label={t("notifications.title")}
      open={open}
      onOpenChange={setOpen}
      trigger={
        <IconButton label={label}>
          <Bell aria-hidden />
          <Badge count={count} className="absolute -top-0.5 -right-0.5 border-2 border-surface" />
        </IconButton>
      }
    >
      <NotificationPanel count={count} onDone={() => setOpen(false)} />
    </Popover>
  );
}
