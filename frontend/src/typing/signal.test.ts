import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { IDLE_MS, REPEAT_MS, TypingSignal } from "./signal";

const told: boolean[] = [];
const signal = new TypingSignal((isTyping) => told.push(isTyping));

beforeEach(() => {
  vi.useFakeTimers();
  told.length = 0;
});
afterEach(() => {
  signal.stop();
  vi.useRealTimers();
});

it("is told once for many keys, and again while they go on", () => {
  for (let ms = 0; ms < 2 * REPEAT_MS; ms += 100) {
    signal.typed();
    vi.advanceTimersByTime(100);
  }
  expect(told).toEqual([true, true, true]);
});

it("ends when it is stopped, and only if it had begun", () => {
  signal.stop();
  expect(told).toEqual([]);
  signal.typed();
  signal.stop();
  signal.stop();
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([true, false]);
});

it("ends by itself when nothing is typed", () => {
  signal.typed();
  vi.advanceTimersByTime(IDLE_MS - 1);
  expect(told.at(-1)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(told.at(-1)).toBe(false);
  vi.advanceTimersByTime(60_000);
  expect(told.filter((isTyping) => !isTyping)).toHaveLength(1);
});
