import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { queryClient } from "@/api/queryClient";
import { notification } from "@/test/fixtures";
import { renderRoutes } from "@/test/render";
import { InboxPage } from "./InboxPage";
import { NotificationPanel } from "./NotificationPanel";
import { notificationCountQuery, notificationsQuery } from "./queries";

const WORDS = `We move tonight.\n${"Please sign in again afterwards. ".repeat(50)}`;
const broadcast = notification("b", { type: "system", title: "To all", content: WORDS, conversationId: null });
const mention = notification("m", { type: "mention", conversationId: "g1", firstSeq: 7, lastSeq: 7, title: "Readers" });

beforeEach(() => {
  queryClient.setQueryData(notificationsQuery.queryKey, { items: [broadcast, mention], nextCursor: null });
  queryClient.setQueryData(notificationCountQuery.queryKey, 2);
});
afterEach(() => queryClient.clear());

const onDone = vi.fn();

function show(path: string) {
  const router = renderRoutes(
    [
      { path: "/", element: <NotificationPanel count={2} onDone={onDone} /> },
      { path: "/inbox", Component: InboxPage },
      { path: "/c/:conversationId", element: null },
    ],
    path,
  );
  return router;
}

const words = () => screen.getByText(/We move tonight/);

it("leads from the operators' words under the bell to the page that has all of them", async () => {
  const router = show("/");
  expect(words().className).toContain("line-clamp-2");
  await userEvent.click(words());
  expect(onDone).toHaveBeenCalled();
  expect(router.state.location.pathname).toBe("/inbox");
  expect(words().textContent).toBe(WORDS);
  expect(words().className).not.toContain("line-clamp");
});

it("shortens what can be read elsewhere on that page, too", () => {
  show("/inbox");
  expect(screen.getByText("hello").className).toContain("line-clamp-2");
});

it("leads to the message that mentions the reader", async () => {
  const router = show("/");
  await userEvent.click(screen.getByText("Readers"));
  expect(router.state.location).toMatchObject({ pathname: "/c/g1", search: "?at=7" });
});
