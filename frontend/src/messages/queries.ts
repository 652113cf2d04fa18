import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { api, withQuery } from "@/api/client";
import { queryClient } from "@/api/queryClient";
import type { Message, Page } from "@/api/types";
import { conversationPath } from "@/conversations/queries";
import { recentChanges } from "./recentChanges";
import { fromNewest, withMissed, withOlder, type Timeline } from "./timeline";

/** The newest page, for a conversation to be on the screen soon. */
const PAGE = 50;
/** The largest page the server gives. */
const MAX_PAGE = 100;
/** A gap larger than this many pages is not filled: the timeline starts anew at the newest page. */
const MAX_GAP_PAGES = 5;

const timelineKey = (id: string) => ["messages", id] as const;

async function fetchPage(
  id: string,
  range: { before?: number; after?: number; limit: number },
  signal?: AbortSignal,
): Promise<Page<Message>> {
  const page = await api.get<Page<Message>>(withQuery(`${conversationPath(id)}/messages`, range), signal);
  return { ...page, items: page.items.map(recentChanges.applied) };
}

/** The held history of a conversation; its newest page is fetched at first. */
export function useTimeline(id: string): UseQueryResult<Timeline> {
  return useQuery({
    queryKey: timelineKey(id),
    queryFn: async ({ signal }) => fromNewest(await fetchPage(id, { limit: PAGE }, signal)),
  });
}

export function readTimeline(id: string): Timeline | undefined {
  return queryClient.getQueryData(timelineKey(id));
}

/** Changes a timeline that is held; one that is not is left to be fetched when it is wanted. */
export function updateTimeline(id: string, change: (timeline: Timeline) => Timeline): void {
  queryClient.setQueryData<Timeline>(timelineKey(id), (held) => (held === undefined ? undefined : change(held)));
}

export function putTimeline(id: string, timeline: Timeline): void {
  queryClient.setQueryData<Timeline>(timelineKey(id), timeline);
}

export function dropTimeline(id: string): void {
  queryClient.removeQueries({ queryKey: timelineKey(id) });
}

/** Fetches the page before the oldest message held. */
export async function fetchOlder(id: string): Promise<void> {
  const before = readTimeline(id)?.before ?? null;
  if (before === null) return;
  const page = await fetchPage(id, { before, limit: MAX_PAGE });
  updateTimeline(id, (timeline) => (timeline.before === before ? withOlder(timeline, page) : timeline));
}

/** Fetches what lies between the timeline and `lastSeq`, when events left a hole or crossed with a page. */
export async function fillGap(id: string, lastSeq: number): Promise<void> {
  for (let pages = 0; pages < MAX_GAP_PAGES; pages += 1) {
    const timeline = readTimeline(id);
    if (timeline === undefined || timeline.upTo >= lastSeq) return;
    const page = await fetchPage(id, { after: timeline.upTo, limit: MAX_PAGE });
    updateTimeline(id, (held) => withMissed(held, page.items));
    if (page.nextCursor === null) return;
  }
  putTimeline(id, fromNewest(await fetchPage(id, { limit: PAGE })));
}
