import { expect, it } from "vitest";
import { at, notification } from "@/test/fixtures";
import { isNews, withNotification, withNotificationRead, withoutNotification, withPage } from "./cache";

const list = {
  items: [notification("b", { updatedAt: at(2) }), notification("a", { updatedAt: at(1) })],
  nextCursor: "x",
};

it("an updated notification takes its own place anew", () => {
  const updated = withNotification(list, notification("a", { updatedAt: at(3), count: 2 }));
  expect(updated.items).toMatchObject([{ id: "a", count: 2 }, { id: "b" }]);
});

it("a further page brings nothing twice", () => {
  const paged = withPage(list, {
    items: [notification("a", { updatedAt: at(1) }), notification("c")],
    nextCursor: null,
  });
  expect(paged.items.map(({ id }) => id)).toEqual(["b", "a", "c"]);
  expect(paged.nextCursor).toBeNull();
});

it("one or all are read", () => {
  expect(withNotificationRead(list, "a").items.map(({ isRead }) => isRead)).toEqual([false, true]);
  expect(withNotificationRead(list, null).items.every(({ isRead }) => isRead)).toBe(true);
});

it("what is deleted is no longer there", () => {
  expect(withoutNotification(list, "b").items.map(({ id }) => id)).toEqual(["a"]);
});

it("what came later is news; what was edited, read or marked unread is not", () => {
  expect(isNews(list, notification("a", { updatedAt: at(3) }))).toBe(true);
  expect(isNews(list, notification("a", { updatedAt: at(1), content: "edited" }))).toBe(false);
  expect(isNews(list, notification("a", { updatedAt: at(3), isRead: true }))).toBe(false);
  expect(isNews(list, notification("new", { updatedAt: at(2) }))).toBe(true);
  expect(isNews(list, notification("old", { updatedAt: at(0) }))).toBe(false);
  expect(isNews({ items: [], nextCursor: null }, notification("first"))).toBe(true);
});
