import { useQuery } from "@tanstack/react-query";
import { Page } from "@/app/Page";
import { t } from "@/locales";
import { Card } from "@/ui/Panel";
import { NotificationList } from "./NotificationPanel";
import { notificationCountQuery } from "./queries";
import { ReadAll } from "./ReadAll";

/** All notifications. */
export function InboxPage() {
  const { data: count = 0 } = useQuery(notificationCountQuery);
  return (
    <Page title={t("notifications.title")} action={count > 0 && <ReadAll />}>
      <Card>
        <div className="p-1.5">
          <NotificationList isWhole />
        </div>
      </Card>
    </Page>
  );
}
