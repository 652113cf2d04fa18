import { renderHook } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Conversation } from "@/api/types";
import { conversation, ME, messages } from "@/test/fixtures";
import { rowsOf } from "./rows";
import { fromNewest } from "./timeline";
import { useFirstUnread, useUnreadAbove } from "./useUnread";

/** A conversation of which the first `read` of `last` messages are read. */
function upTo(last: number, read: number): Conversation {
  const { me, ...rest } = conversation({ lastSeq: last });
  return { ...rest, me: { ...me, lastReadSeq: read, unread: last - read } };
}

const placeOf = (first: Conversation) =>
  renderHook(({ shown, looks }) => useFirstUnread(shown, looks), { initialProps: { shown: first, looks: true } });

it("stays where it was when the conversation was opened, while somebody looks", () => {
  const { result, rerender } = placeOf(upTo(5, 3));
  expect(result.current).toBe(4);
  rerender({ shown: upTo(5, 5), looks: true });
  rerender({ shown: upTo(6, 5), looks: true });
  expect(result.current).toBe(4);
});

it("is set anew by the first message that comes while nobody looks, and not by the next", () => {
  const { result, rerender } = placeOf(upTo(5, 5));
  expect(result.current).toBeNull();
  rerender({ shown: upTo(5, 5), looks: false });
  expect(result.current).toBeNull();
  rerender({ shown: upTo(6, 5), looks: false });
  rerender({ shown: upTo(8, 5), looks: false });
  expect(result.current).toBe(6);
  // Back, read, away again.
  rerender({ shown: upTo(8, 8), looks: true });
  expect(result.current).toBe(6);
  rerender({ shown: upTo(10, 8), looks: false });
  expect(result.current).toBe(9);
});

it("stays while what was unread at first is not read", () => {
  const { result, rerender } = placeOf(upTo(5, 3));
  rerender({ shown: upTo(6, 3), looks: false });
  expect(result.current).toBe(4);
});

it("is jumped to again when it is another one", () => {
  const timeline = fromNewest({ items: messages(1, 9), nextCursor: null });
  const { result, rerender } = renderHook(
    ({ first, visible }) =>
      useUnreadAbove(first, timeline, rowsOf(timeline.items, [], ME, true, first), visible, false),
    { initialProps: { first: 3, visible: 6 } },
  );
  expect(result.current).toBe(true);
  rerender({ first: 3, visible: 1 });
  rerender({ first: 3, visible: 6 });
  expect(result.current).toBe(false);
  rerender({ first: 5, visible: 8 });
  expect(result.current).toBe(true);
});
