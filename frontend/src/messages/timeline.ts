import type { Message, Page } from "@/api/types";

/** The part of a conversation's history that is held. */
export interface Timeline {
  /** Ascending by place, each once. */
  readonly items: readonly Message[];
  /** Everything from the first item up to this place is held; live messages beyond it may have holes before them. */
  readonly upTo: number;
  /** Where the next older page begins; null when the beginning is held. */
  readonly before: number | null;
}

/** A timeline that begins as the newest page. */
export function fromNewest(page: Page<Message>): Timeline {
  const items = sorted(page.items);
  return { items, upTo: items.at(-1)?.seq ?? 0, before: page.nextCursor === null ? null : Number(page.nextCursor) };
}

/** A timeline that begins as the newest messages, when nothing tells where the older page begins. */
export function fromReset(messages: readonly Message[]): Timeline {
  const first = sorted(messages)[0]?.seq ?? 1;
  return fromNewest({ items: [...messages], nextCursor: first > 1 ? String(first) : null });
}

/** With one live message. The same timeline when it is held already. */
export function withLive(timeline: Timeline, message: Message): Timeline {
  const { items, upTo } = timeline;
  // Nearly every live message is the next one; a long history is not to be sorted for it.
  if (message.seq > (items.at(-1)?.seq ?? 0)) {
    return { ...timeline, items: [...items, message], upTo: message.seq === upTo + 1 ? message.seq : upTo };
  }
  if (items.some((held) => held.id === message.id)) return timeline;
  const first = items[0];
  if (first !== undefined && message.seq < first.seq) return timeline;
  return joined(timeline, [message], upTo);
}

/** With all messages that follow `upTo`, as the server knows them; what is held of the same id is replaced. */
export function withMissed(timeline: Timeline, missed: readonly Message[]): Timeline {
  if (missed.length === 0) return timeline;
  return joined(timeline, missed, Math.max(timeline.upTo, ...missed.map((message) => message.seq)));
}

/** With what became of messages that are held; others are left to paging. */
export function withChanged(timeline: Timeline, changed: readonly Message[]): Timeline {
  const held = new Set(timeline.items.map(({ id }) => id));
  const known = changed.filter(({ id }) => held.has(id));
  return known.length === 0 ? timeline : joined(timeline, known, timeline.upTo);
}

/** With the page before the first item. */
export function withOlder(timeline: Timeline, page: Page<Message>): Timeline {
  const { before } = fromNewest(page);
  return { ...joined(timeline, page.items, timeline.upTo), before };
}

/** Whether the message at a place is held, and all between it and the others. */
export function holds({ items, upTo, before }: Timeline, seq: number): boolean {
  const first = items[0];
  return first !== undefined && seq <= upTo && (seq >= first.seq || before === null);
}

/** The message at a place, if it is among those held. */
export function messageAt({ items }: Timeline, seq: number): Message | undefined {
  const [first, last] = [items[0], items.at(-1)];
  if (first === undefined || last === undefined || seq < first.seq || seq > last.seq) return undefined;
  // Holes are rare: nearly always it is as far from the last one as its place says.
  const guess = items.at(seq - last.seq - 1);
  return guess?.seq === seq ? guess : items.find((message) => message.seq === seq);
}

/** With an earlier stretch of the same history; null while something is missing between the two. */
export function withStretch(timeline: Timeline, stretch: Timeline): Timeline | null {
  const [first, earlier] = [timeline.items[0], stretch.items[0]];
  if (first === undefined || earlier === undefined || stretch.upTo + 1 < first.seq) return null;
  const { before } = earlier.seq < first.seq ? stretch : timeline;
  return { ...joined(timeline, stretch.items, timeline.upTo), before };
}

/** With no more than the newest `count` messages, unless there is a hole among them. */
export function newestPart(timeline: Timeline, count: number): Timeline {
  const first = timeline.items.at(-count);
  if (timeline.items.length <= count || first === undefined || first.seq > timeline.upTo) return timeline;
  return { ...timeline, items: timeline.items.slice(-count), before: first.seq };
}

function joined(timeline: Timeline, messages: readonly Message[], upTo: number): Timeline {
  const byId = new Map(timeline.items.map((message) => [message.id, message]));
  for (const message of messages) {
    // What was asked for before it was edited or deleted knows nothing of that.
    if ((byId.get(message.id)?.change ?? 0) <= (message.change ?? 0)) byId.set(message.id, message);
  }
  const items = sorted([...byId.values()]);
  let reached = upTo;
  for (const message of items) if (message.seq === reached + 1) reached = message.seq;
  return { ...timeline, items, upTo: reached };
}

function sorted(messages: readonly Message[]): Message[] {
  return messages.toSorted((a, b) => a.seq - b.seq);
}
