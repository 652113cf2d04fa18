import { queryOptions, skipToken, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useCallback } from "react";
import { api, withQuery } from "@/api/client";
import { queryClient } from "@/api/queryClient";
import type { Message, Page } from "@/api/types";
import { conversationPath } from "@/conversations/queries";
import { recentChanges } from "./recentChanges";
import { fromNewest, holds, messageAt, withMissed, withOlder, withStretch, type Timeline } from "./timeline";

/** The newest page, for a conversation to be on the screen soon. */
const PAGE = 50;
/** The largest page the server gives. */
const MAX_PAGE = 100;
/** A gap larger than this many pages is not filled: the timeline starts anew at the newest page. */
const MAX_GAP_PAGES = 5;

/** Of a page around a message, how many come after it. */
const HALF_PAGE = MAX_PAGE / 2;

const timelineQuery = (id: string) =>
  queryOptions({
    queryKey: ["messages", id] as const,
    queryFn: async ({ signal }): Promise<Timeline> => fromNewest(await fetchPage(id, { limit: PAGE }, signal)),
  });
const timelineKey = (id: string) => timelineQuery(id).queryKey;
const stretchKey = (id: string) => ["stretch", id] as const;

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
  return useQuery(timelineQuery(id));
}

/**
 * A part of the history from before the timeline, while somebody reads there: what lies between the two is fetched when
 * they come to it, and then both become one.
 */
export function useStretch(id: string): Timeline | undefined {
  return useQuery<Timeline>({ queryKey: stretchKey(id), queryFn: skipToken }).data;
}

function readStretch(id: string): Timeline | undefined {
  return queryClient.getQueryData(stretchKey(id));
}

/** Leads back to the newest messages. */
export function dropStretch(id: string): void {
  queryClient.removeQueries({ queryKey: stretchKey(id) });
}

export function readTimeline(id: string): Timeline | undefined {
  return queryClient.getQueryData(timelineKey(id));
}

/** Changes a timeline that is held; one that is not is left to be fetched when it is wanted. */
export function updateTimeline(id: string, change: (timeline: Timeline) => Timeline): void {
  queryClient.setQueryData<Timeline>(timelineKey(id), (held) => (held === undefined ? undefined : change(held)));
}

/** Changes messages wherever they are held. */
export function updateMessages(id: string, change: (timeline: Timeline) => Timeline): void {
  updateTimeline(id, change);
  queryClient.setQueryData<Timeline>(stretchKey(id), (held) => (held === undefined ? undefined : change(held)));
}

export function putTimeline(id: string, timeline: Timeline): void {
  queryClient.setQueryData<Timeline>(timelineKey(id), timeline);
}

export function dropTimeline(id: string): void {
  queryClient.removeQueries({ queryKey: timelineKey(id) });
  queryClient.removeQueries({ queryKey: singlesKey(id) });
  dropStretch(id);
}

const singlesKey = (id: string) => ["message", id] as const;
const singleQuery = (id: string, seq: number) =>
  queryOptions({
    queryKey: [...singlesKey(id), seq],
    queryFn: async ({ signal }): Promise<Message | null> => {
      const { items } = await fetchPage(id, { after: seq - 1, limit: 1 }, signal);
      return items.find((message) => message.seq === seq) ?? null;
    },
    gcTime: 10 * 60_000,
  });

/**
 * One message, wherever it is held, else as the server tells it: null if it is not there for this user, undefined while
 * that is not known.
 */
export function useMessage(id: string, seq: number): Message | null | undefined {
  const select = useCallback((timeline: Timeline) => messageAt(timeline, seq) ?? null, [seq]);
  const { data: inTimeline = null } = useQuery({ ...timelineQuery(id), enabled: false, select });
  const { data: inStretch = null } = useQuery<Timeline, Error, Message | null>({
    queryKey: stretchKey(id),
    queryFn: skipToken,
    select,
  });
  const held = inTimeline ?? inStretch;
  const { data, isError } = useQuery({ ...singleQuery(id, seq), enabled: held === null });
  return held ?? data ?? (isError ? null : data);
}

/** Takes over what became lately of messages that are held one by one. */
export function mendSingles(id: string): void {
  queryClient.setQueriesData<Message | null>({ queryKey: singlesKey(id) }, (held) =>
    held == null ? held : recentChanges.applied(held),
  );
}

/** Asks again for messages held one by one: all of a conversation, or those for which there was no answer. */
export function refreshSingles(id?: string): void {
  if (id !== undefined) void queryClient.invalidateQueries({ queryKey: singlesKey(id) });
  else {
    const [key] = singlesKey("");
    const predicate = ({ state }: { state: { status: string } }) => state.status === "error";
    void queryClient.refetchQueries({ queryKey: [key], type: "active", predicate });
  }
}

/** Fetches the page before the oldest message shown. */
export async function fetchOlder(id: string): Promise<void> {
  const before = (readStretch(id) ?? readTimeline(id))?.before ?? null;
  if (before === null) return;
  const page = await fetchPage(id, { before, limit: MAX_PAGE });
  // The stretch may have become part of the timeline meanwhile.
  updateMessages(id, (held) => (held.before === before ? withOlder(held, page) : held));
}

/** Fetches the page after the stretch that is read. */
export async function fetchNewer(id: string): Promise<void> {
  const stretch = readStretch(id);
  if (stretch === undefined) return;
  const page = await fetchPage(id, { after: stretch.upTo, limit: MAX_PAGE });
  const held = readStretch(id);
  if (held?.upTo === stretch.upTo) putStretch(id, withMissed(held, page.items));
}

/**
 * Sees to it that the message at a place is shown: in the timeline, or in a stretch of its own. Gives the place of the
 * message that is there, or the nearest; null if there is none.
 */
export async function fetchAround(id: string, seq: number): Promise<number | null> {
  const timeline = await queryClient.query({ ...timelineQuery(id), staleTime: "static" });
  if (holds(timeline, seq)) dropStretch(id);
  else if (!holds(readStretch(id) ?? timeline, seq)) {
    const page = await fetchPage(id, { before: seq + HALF_PAGE + 1, limit: MAX_PAGE });
    putStretch(id, fromNewest(page));
  }
  const { items } = readStretch(id) ?? readTimeline(id) ?? timeline;
  return (items.find((message) => message.seq >= seq) ?? items.at(-1))?.seq ?? null;
}

/** Shows a stretch of the history; as part of the timeline as soon as the two meet. */
function putStretch(id: string, stretch: Timeline): void {
  const timeline = readTimeline(id);
  const whole = timeline === undefined ? null : withStretch(timeline, stretch);
  if (whole === null && stretch.items.length > 0) queryClient.setQueryData<Timeline>(stretchKey(id), stretch);
  else {
    if (whole !== null) putTimeline(id, whole);
    dropStretch(id);
  }
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
