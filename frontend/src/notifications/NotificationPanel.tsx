import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import type { Notification } from "@/api/types";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { Button } from "@/ui/Button";
import { RetryNote } from "@/ui/RetryNote";
import { Spinner } from "@/ui/Spinner";
import { NotificationItem } from "./NotificationItem";
import { fetchMoreNotifications, notificationsQuery, readAllNotifications, readNotification } from "./queries";

interface NotificationPanelProps {
  /** How many are unread. */
  count: number;
  /** Called when one was followed. */
  onDone: () => void;
}

export function NotificationPanel({ count, onDone }: NotificationPanelProps) {
  const { data: list, error, refetch } = useQuery(notificationsQuery);
  const navigate = useNavigate();
  const more = useMutation({ mutationFn: fetchMoreNotifications });
  // What could not be marked shows as unread again.
  const read = useMutation({ mutationFn: readNotification, onError: () => void refetch() });
  const readAll = useMutation({ mutationFn: readAllNotifications, onError: () => void refetch() });

  const follow = ({ id, isRead, conversationId }: Notification) => {
    if (!isRead) read.mutate(id);
    if (conversationId === null) return;
    onDone();
    void navigate(`/c/${encodeURIComponent(conversationId)}`);
  };

  return (
    <>
      <header className="flex min-h-12 items-center justify-between gap-2 border-b border-line pr-2 pl-4">
        <h2 className="text-sm font-semibold">{t("notifications.title")}</h2>
        {count > 0 && (
          <Button variant="quiet" busy={readAll.isPending} onClick={() => readAll.mutate()} size="small">
            {t("notifications.readAll")}
          </Button>
        )}
      </header>
      <div className="min-h-0 overflow-y-auto p-1.5">
        {list === undefined && error === null && <Spinner label={t("app.loading")} />}
        {list === undefined && error !== null && (
          <RetryNote text={t("notifications.failed")} detail={describeError(error)} onRetry={() => void refetch()} />
        )}
        {list?.items.length === 0 && (
          <p className="px-4 py-10 text-center text-sm text-muted">{t("notifications.empty")}</p>
        )}
        {list !== undefined && (
          <ul>
            {list.items.map((notification) => (
              <NotificationItem
                key={notification.id}
                notification={notification}
                onFollow={follow}
                onRead={({ id }) => read.mutate(id)}
              />
            ))}
          </ul>
        )}
        {typeof list?.nextCursor === "string" && (
          <Button variant="quiet" busy={more.isPending} onClick={() => more.mutate()} className="w-full">
            {t("notifications.more")}
          </Button>
        )}
      </div>
    </>
  );
}
