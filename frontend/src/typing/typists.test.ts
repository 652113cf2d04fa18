import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { EXPIRY_MS, forgetTyping, heardTyping, stoppedTyping, useTypists } from "./typists";

const typists = (conversationId = "g1") => useTypists.getState().in[conversationId] ?? [];
const hear = (userId: number, isTyping = true, conversationId = "g1") =>
  heardTyping({ conversationId, userId, isTyping });

beforeEach(() => {
  vi.useFakeTimers();
  forgetTyping();
});
afterEach(() => {
  vi.useRealTimers();
});

it("tells who types where, in the order in which they began", () => {
  hear(3);
  hear(2);
  hear(3);
  hear(4, true, "g2");
  expect(typists()).toEqual([3, 2]);
  expect(typists("g2")).toEqual([4]);
  stoppedTyping("g1", 3);
  expect(typists()).toEqual([2]);
});

it("is over without being told again", () => {
  hear(2);
  vi.advanceTimersByTime(EXPIRY_MS - 1);
  hear(2);
  hear(3);
  vi.advanceTimersByTime(EXPIRY_MS - 1);
  expect(typists()).toEqual([2, 3]);
  hear(3);
  vi.advanceTimersByTime(1);
  expect(typists()).toEqual([3]);
});

it("is forgotten where it is no longer shown", () => {
  hear(2);
  hear(2, true, "g12");
  forgetTyping("g1");
  expect([typists(), typists("g12")]).toEqual([[], [2]]);
  forgetTyping();
  expect(typists("g12")).toEqual([]);
});

it("draws nothing anew when nothing has changed", () => {
  hear(2);
  const before = useTypists.getState();
  hear(2);
  stoppedTyping("g1", 9);
  forgetTyping("g2");
  expect(useTypists.getState()).toBe(before);
});
