import { act, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { DayRow } from "@/messages/DayRow";
import { ShortTime } from "@/ui/ShortTime";

const AT = new Date(2026, 2, 12, 23, 50);

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(new Date(2026, 2, 12, 23, 58));
});
afterEach(() => void vi.useRealTimers());

function texts() {
  const { container } = render(
    <>
      <DayRow at={AT.toISOString()} />
      <ShortTime at={AT.toISOString()} className="" />
    </>,
  );
  return () => [...container.querySelectorAll("time")].map(({ textContent }) => textContent);
}

it("ends at midnight, and at the next one", () => {
  const shown = texts();
  expect(shown()).toEqual(["Today", "23:50"]);
  act(() => void vi.advanceTimersByTime(3 * 60_000));
  expect(shown()).toEqual(["Yesterday", "Yesterday"]);
  act(() => void vi.advanceTimersByTime(24 * 3_600_000));
  expect(shown()).toEqual(["Thursday", "Thu"]);
});

it("is looked up when the page is seen again, after a sleep in which no timer ran", () => {
  const shown = texts();
  vi.setSystemTime(new Date(2026, 2, 13, 9));
  act(() => void document.dispatchEvent(new Event("visibilitychange")));
  expect(shown()).toEqual(["Yesterday", "Yesterday"]);
});
