import type { Notification, Page } from "@/api/types";

/** The notifications held, last updated first. */
export interface NotificationList {
  readonly items: readonly Notification[];
  readonly nextCursor: string | null;
}

/** With a further page. */
export function withPage(list: NotificationList, page: Page<Notification>): NotificationList {
  return { items: page.items.reduce(insert, list.items), nextCursor: page.nextCursor };
}

/** With a new or changed notification. */
export function withNotification(list: NotificationList, notification: Notification): NotificationList {
  return { ...list, items: insert(list.items, notification) };
}

/** With one notification read, or all of them. */
export function withNotificationRead(list: NotificationList, id: string | null): NotificationList {
  const items = list.items.map((item) => (id === null || item.id === id ? { ...item, isRead: true } : item));
  return { ...list, items };
}

/** Without one notification. */
export function withoutNotification(list: NotificationList, id: string): NotificationList {
  return { ...list, items: list.items.filter((item) => item.id !== id) };
}

/**
 * Whether it tells of something that came after what is held; not so when its message was edited, or it was marked
 * unread. One that is not held is older than those that are, or new.
 */
export function isNews(list: NotificationList, notification: Notification): boolean {
  const before = list.items.find(({ id }) => id === notification.id);
  if (notification.isRead) return false;
  if (before !== undefined) return before.updatedAt < notification.updatedAt;
  return (list.items[0]?.updatedAt ?? "") <= notification.updatedAt;
}

function insert(items: readonly Notification[], notification: Notification): Notification[] {
  return [notification, ...items.filter((item) => item.id !== notification.id)].sort((a, b) =>
    a.updatedAt < b.updatedAt ? 1 : a.updatedAt > b.updatedAt ? -1 : 0,
  );
}
