import { queryOptions } from "@tanstack/react-query";
import { api, withQuery } from "@/api/client";
import { queryClient } from "@/api/queryClient";
import type { Notification, Page } from "@/api/types";
import { withNotification, withNotificationRead, withoutNotification, withPage, type NotificationList } from "./cache";

const PAGE = 30;

export const notificationsQuery = queryOptions({
  queryKey: ["notifications", "list"],
  queryFn: async ({ signal }): Promise<NotificationList> =>
    api.get<Page<Notification>>(withQuery("/notifications", { limit: PAGE }), signal),
});

/** How many are unread; also told by the server after connecting and with every change. */
export const notificationCountQuery = queryOptions({
  queryKey: ["notifications", "count"],
  queryFn: async ({ signal }) => (await api.get<{ count: number }>("/notifications/unread/count", signal)).count,
});

export function readNotifications(): NotificationList | undefined {
  return queryClient.getQueryData(notificationsQuery.queryKey);
}

/** Changes the list if it is held; otherwise it is fetched when it is opened. */
export function updateNotifications(change: (list: NotificationList) => NotificationList): void {
  queryClient.setQueryData(notificationsQuery.queryKey, (list) => (list === undefined ? undefined : change(list)));
}

export function setNotificationCount(count: number): void {
  queryClient.setQueryData(notificationCountQuery.queryKey, count);
}

export async function fetchMoreNotifications(): Promise<void> {
  const cursor = queryClient.getQueryData(notificationsQuery.queryKey)?.nextCursor ?? null;
  if (cursor === null) return;
  const page = await api.get<Page<Notification>>(withQuery("/notifications", { limit: PAGE, cursor }));
  updateNotifications((list) => withPage(list, page));
}

const pathOf = (id: string): string => `/notifications/${encodeURIComponent(id)}`;

/** Marks one read, at once here; the server's events settle the count. */
export async function readNotification(id: string): Promise<void> {
  updateNotifications((list) => withNotificationRead(list, id));
  await api.post(`${pathOf(id)}/read`);
}

/** Marks one unread, until what it tells of is read again. */
export async function unreadNotification(id: string): Promise<void> {
  const unread = await api.post<Notification>(`${pathOf(id)}/unread`);
  updateNotifications((list) => withNotification(list, unread));
}

/** Deletes one, at once here; what it tells of stays. */
export async function deleteNotification(id: string): Promise<void> {
  updateNotifications((list) => withoutNotification(list, id));
  await api.delete(pathOf(id));
}

export async function readAllNotifications(): Promise<void> {
  updateNotifications((list) => withNotificationRead(list, null));
  const { count } = await api.post<{ count: number }>("/notifications/read-all");
  setNotificationCount(count);
}
