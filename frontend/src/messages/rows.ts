import type { Message } from "@/api/types";
import type { Outgoing } from "./outbox";

/** Messages of one sender that follow each other within this time are shown as one group. */
const GROUP_MS = 5 * 60_000;

/** A line of a conversation. */
export type Row =
  | { kind: "day"; key: string; at: string }
  | { kind: "unread"; key: "unread" }
  | ({ kind: "message"; key: string; message: Message } & Grouping)
  | ({ kind: "outgoing"; key: string; outgoing: Outgoing } & Grouping)
  | { kind: "system"; key: string; message: Message };

interface Grouping {
  startsGroup: boolean;
  endsGroup: boolean;
}

/** What the neighbours of a row need to know of it. */
interface Entry {
  row: Row;
  at: number;
  /** The local day. */
  day: string;
  /** Null for what belongs to nobody. */
  sender: number | null;
}

/** Of messages seen before: dates are slow, and a long history is put together anew with every message. */
const known = new WeakMap<Message, Entry>();

/**
 * What a conversation shows: days, stored messages by place, then what is on its way. The first message begins a day
 * only when nothing older is left to fetch (`isBeginning`), so that rows stay where they are when it is. A line stands
 * before the place `firstUnread`, where something was unread when the conversation was opened.
 */
export function rowsOf(
  messages: readonly Message[],
  outgoing: readonly Outgoing[],
  meId: number,
  isBeginning: boolean,
  firstUnread: number | null = null,
): Row[] {
  const stored = new Set(outgoing.length === 0 ? [] : messages.map((message) => message.clientId));
  const entries: Entry[] = [
    ...messages.map(entryOf),
    ...outgoing.filter(({ clientId }) => !stored.has(clientId)).map((entry) => outgoingEntry(entry, meId)),
  ];

  const parted = placeOf(messages, firstUnread, isBeginning);
  const rows: Row[] = [];
  entries.forEach((entry, index) => {
    const before = entries[index - 1];
    const after = entries[index + 1];
    if (before === undefined ? isBeginning : before.day !== entry.day) {
      rows.push({ kind: "day", key: `day-${entry.row.key}`, at: new Date(entry.at).toISOString() });
    }
    if (index === parted) rows.push({ kind: "unread", key: "unread" });
    const startsGroup = before === undefined || index === parted || !together(before, entry);
    const endsGroup = after === undefined || index + 1 === parted || !together(entry, after);
    const { row } = entry;
    rows.push(row.kind === "message" || row.kind === "outgoing" ? { ...row, startsGroup, endsGroup } : row);
  });
  return rows;
}

/** Where the first unread message is among those held; -1 if it is not. */
function placeOf(messages: readonly Message[], firstUnread: number | null, isBeginning: boolean): number {
  const first = messages[0];
  if (firstUnread === null || first === undefined || (first.seq > firstUnread && !isBeginning)) return -1;
  return messages.findIndex(({ seq }) => seq >= firstUnread);
}

function entryOf(message: Message): Entry {
  const held = known.get(message);
  if (held !== undefined) return held;
  // A message keeps the key it had while it was on its way, so that it is not drawn anew.
  const key = message.clientId ?? message.id;
  const row: Row =
    message.type === "system"
      ? { kind: "system", key, message }
      : { kind: "message", key, message, startsGroup: true, endsGroup: true };
  const sender = message.type === "system" ? null : message.senderId;
  const entry = { row, sender, ...timesOf(message.createdAt) };
  known.set(message, entry);
  return entry;
}

function outgoingEntry(outgoing: Outgoing, meId: number): Entry {
  const row: Row = { kind: "outgoing", key: outgoing.clientId, outgoing, startsGroup: true, endsGroup: true };
  return { row, sender: meId, ...timesOf(outgoing.createdAt) };
}

function timesOf(timestamp: string): Pick<Entry, "at" | "day"> {
  const date = new Date(timestamp);
  return { at: date.getTime(), day: date.toDateString() };
}

function together(a: Entry, b: Entry): boolean {
  return a.sender !== null && a.sender === b.sender && a.day === b.day && b.at - a.at < GROUP_MS;
}
