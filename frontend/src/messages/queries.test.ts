import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { api } from "@/api/client";
import { queryClient } from "@/api/queryClient";
import type { Message, Page } from "@/api/types";
import { messages } from "@/test/fixtures";
import { dropStretch, fetchAround, fetchNewer, fetchOlder, putTimeline, readTimeline } from "./queries";
import { fromNewest, type Timeline } from "./timeline";

const ID = "d1-2";
/** How many messages the pretended server has. */
const LAST = 1_000;
/** What was asked for. */
const asked: string[] = [];

beforeEach(() => {
  asked.length = 0;
  vi.spyOn(api, "get").mockImplementation((path) => {
    const query = new URL(path, "http://x").searchParams;
    asked.push(query.toString());
    const limit = Number(query.get("limit"));
    const after = query.get("after");
    const end = Number(query.get("before") ?? LAST + 1);
    const from = after === null ? Math.max(1, end - limit) : Number(after) + 1;
    const to = after === null ? Math.min(LAST, end - 1) : Math.min(LAST, from + limit - 1);
    const next = after === null ? from > 1 && from : to < LAST && to;
    const page: Page<Message> = { items: messages(from, to), nextCursor: next === false ? null : String(next) };
    return Promise.resolve(page as never);
  });
  putTimeline(ID, fromNewest({ items: messages(951, LAST), nextCursor: "951" }));
});
afterEach(() => queryClient.clear());

const stretch = (): Timeline | undefined => queryClient.getQueryData(["stretch", ID]);
const range = (timeline: Timeline | undefined) => timeline && [timeline.items[0]?.seq, timeline.upTo];

it("asks for nothing when the message is held", async () => {
  expect(await fetchAround(ID, 960)).toBe(960);
  expect(asked).toEqual([]);
  expect(stretch()).toBeUndefined();
});

it("leads far up by one page, and down again until both parts are one", async () => {
  expect(await fetchAround(ID, 700)).toBe(700);
  expect(asked).toEqual(["before=751&limit=100"]);
  expect(range(stretch())).toEqual([651, 750]);
  expect(range(readTimeline(ID))).toEqual([951, LAST]);

  await fetchOlder(ID);
  expect(range(stretch())).toEqual([551, 750]);
  await fetchNewer(ID);
  expect(range(stretch())).toEqual([551, 850]);
  await fetchNewer(ID);
  expect(stretch()).toBeUndefined();
  expect(range(readTimeline(ID))).toEqual([551, LAST]);
  expect(readTimeline(ID)?.before).toBe(551);
  await fetchNewer(ID);
  expect(asked).toHaveLength(4);
});

it("makes one of what lies close together, and leads to the nearest message there is", async () => {
  expect(await fetchAround(ID, 901)).toBe(901);
  expect(stretch()).toBeUndefined();
  expect(range(readTimeline(ID))).toEqual([852, LAST]);
  expect(await fetchAround(ID, LAST + 500)).toBe(LAST);
});

it("forgets a page that comes when somebody has gone back to the newest", async () => {
  await fetchAround(ID, 200);
  const page = fetchNewer(ID);
  dropStretch(ID);
  await page;
  expect(stretch()).toBeUndefined();
  expect(range(readTimeline(ID))).toEqual([951, LAST]);
});
