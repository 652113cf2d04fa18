import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import type { Notification } from "@/api/types";
import { useOpenPath } from "@/app/useOpenPath";
import { useMe } from "@/auth/me";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { Button } from "@/ui/Button";
import { RetryNote } from "@/ui/RetryNote";
import { Spinner } from "@/ui/Spinner";
import { NotificationItem } from "./NotificationItem";
import {
  deleteNotification,
  fetchMoreNotifications,
  notificationsQuery,
  readNotification,
  unreadNotification,
} from "./queries";
import { ReadAll } from "./ReadAll";
import { pathOf } from "./target";
import { useNeighbour } from "./useNeighbour";

interface NotificationPanelProps {
  /** How many are unread. */
  count: number;
  /** Called when one was followed. */
  onDone: () => void;
}

/** The latest notifications, under the bell. */
export function NotificationPanel({ count, onDone }: NotificationPanelProps) {
  return (
    <>
      <header className="flex min-h-12 items-center justify-between gap-2 border-b border-line pr-2 pl-4">
        <h2 className="text-sm font-semibold">{t("notifications.title")}</h2>
        {count > 0 && <ReadAll />}
      </header>
      <div className="min-h-0 overflow-y-auto p-1.5">
        <NotificationList onDone={onDone} />
      </div>
      <footer className="border-t border-line p-1.5">
        <Link
          to="/inbox"
          onClick={onDone}
          className="flex min-h-9 items-center justify-center rounded-lg text-sm font-medium text-accent-ink hover:bg-hover focus-visible:-outline-offset-2"
        >
          {t("notifications.all")}
        </Link>
      </footer>
    </>
  );
}

interface NotificationListProps {
  /** Whether the operators' words are shown to their end. */
  isWhole?: boolean;
  onDone?: () => void;
}

/** Notifications, newest first, with the way to older ones. */
export function NotificationList({ isWhole = false, onDone }: NotificationListProps) {
  const { userId } = useMe();
  const { data: list, error, refetch } = useQuery(notificationsQuery);
  const openPath = useOpenPath();
  const more = useMutation({ mutationFn: fetchMoreNotifications });
  // What could not be changed shows again as it was.
  const change = useMutation({ mutationFn: (act: () => Promise<void>) => act(), onError: () => void refetch() });

  const { element, willLose } = useNeighbour(list?.items);

  const follow = (notification: Notification) => {
    if (!notification.isRead) change.mutate(() => readNotification(notification.id));
    // The page of all already shows what leads nowhere else.
    if (isWhole && notification.conversationId === null) return;
    onDone?.();
    openPath(pathOf(notification, userId));
  };

  if (list === undefined) {
    if (error === null) return <Spinner label={t("app.loading")} />;
    return <RetryNote text={t("notifications.failed")} detail={describeError(error)} onRetry={() => void refetch()} />;
  }
  return (
    <div ref={element}>
      {list.items.length === 0 && (
        <p tabIndex={-1} className="px-4 py-10 text-center text-sm text-muted outline-none">
          {t("notifications.empty")}
        </p>
      )}
      <ul>
        {list.items.map((notification) => (
          <NotificationItem
            key={notification.id}
            notification={notification}
            isWhole={isWhole}
            onFollow={follow}
            onRead={(id) => change.mutate(() => readNotification(id))}
            onUnread={(id) => change.mutate(() => unreadNotification(id))}
            onDelete={(id) => {
              willLose(id);
              change.mutate(() => deleteNotification(id));
            }}
          />
        ))}
      </ul>
      {list.nextCursor !== null && (
        <Button variant="quiet" busy={more.isPending} onClick={() => more.mutate()} className="w-full">
          {t("notifications.more")}
        </Button>
      )}
    </div>
  );
}
