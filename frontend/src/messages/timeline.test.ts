import { describe, expect, it } from "vitest";
import { message, messages } from "@/test/fixtures";
import { fromNewest, fromReset, holds, newestPart, withLive, withMissed, withOlder, withStretch } from "./timeline";

const seqs = (timeline: { items: readonly { seq: number }[] }) => timeline.items.map(({ seq }) => seq);
const newest = () => fromNewest({ items: messages(11, 13), nextCursor: "11" });

describe("live messages", () => {
  it("follow the last one", () => {
    const timeline = withLive(newest(), message(14));
    expect(seqs(timeline)).toEqual([11, 12, 13, 14]);
    expect(timeline.upTo).toBe(14);
  });

  it("that are held already change nothing", () => {
    const timeline = newest();
    expect(withLive(timeline, message(12))).toBe(timeline);
  });

  it("that overtook others are put in their place, and the hole is known", () => {
    const overtaken = withLive(newest(), message(15));
    expect(overtaken.upTo).toBe(13);
    const closed = withLive(overtaken, message(14));
    expect(seqs(closed)).toEqual([11, 12, 13, 14, 15]);
    expect(closed.upTo).toBe(15);
  });

  it("begin an empty conversation", () => {
    const timeline = withLive(fromNewest({ items: [], nextCursor: null }), message(1));
    expect(timeline.upTo).toBe(1);
  });

  it("from before the held part are left to paging", () => {
    const timeline = newest();
    expect(withLive(timeline, message(3))).toBe(timeline);
  });
});

describe("missed messages", () => {
  it("are merged with what came live meanwhile, each once", () => {
    const timeline = withMissed(withLive(newest(), message(16)), messages(14, 16));
    expect(seqs(timeline)).toEqual([11, 12, 13, 14, 15, 16]);
    expect(timeline.upTo).toBe(16);
  });

  it("replace what they change", () => {
    const timeline = withMissed(newest(), [message(12, { content: "edited", editedAt: "2026-01-15T13:00:00.000Z" })]);
    expect(timeline.items[1]?.content).toBe("edited");
    expect(timeline.upTo).toBe(13);
  });

  it("after a reset begin anew, with the older page still to fetch", () => {
    expect(fromReset(messages(40, 60))).toMatchObject({ upTo: 60, before: 40 });
    expect(fromReset(messages(1, 5))).toMatchObject({ upTo: 5, before: null });
    expect(fromReset([])).toMatchObject({ items: [], upTo: 0, before: null });
  });
});

describe("older pages", () => {
  it("come before, until the beginning", () => {
    const timeline = withOlder(newest(), { items: messages(6, 10), nextCursor: "6" });
    expect(seqs(timeline)).toEqual([6, 7, 8, 9, 10, 11, 12, 13]);
    expect(timeline).toMatchObject({ before: 6, upTo: 13 });
    expect(withOlder(timeline, { items: messages(1, 5), nextCursor: null }).before).toBeNull();
  });
});

describe("the newest part", () => {
  it("is the end of the timeline, with the rest still to fetch", () => {
    const part = newestPart(fromNewest({ items: messages(1, 20), nextCursor: null }), 5);
    expect(seqs(part)).toEqual([16, 17, 18, 19, 20]);
    expect(part).toMatchObject({ upTo: 20, before: 16 });
  });

  it("is everything when that is little, or when a hole lies in it", () => {
    const timeline = newest();
    expect(newestPart(timeline, 5)).toBe(timeline);
    const holed = withLive(timeline, message(20));
    expect(newestPart(holed, 1)).toBe(holed);
  });
});

describe("a stretch of the history", () => {
  const stretch = (from: number, to: number) => fromNewest({ items: messages(from, to), nextCursor: String(from) });

  it("becomes part of the timeline when nothing is missing between them", () => {
    expect(withStretch(newest(), stretch(3, 9))).toBeNull();
    const whole = withStretch(newest(), stretch(3, 10));
    expect(whole && seqs(whole)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(whole).toMatchObject({ before: 3, upTo: 13 });
    expect(withStretch(newest(), stretch(12, 13))).toMatchObject({ before: 11, upTo: 13 });
  });

  it("knows which places it holds", () => {
    expect([2, 3, 9, 10].map((seq) => holds(stretch(3, 9), seq))).toEqual([false, true, true, false]);
    expect(holds(fromNewest({ items: messages(3, 9), nextCursor: null }), 1)).toBe(true);
  });
});
