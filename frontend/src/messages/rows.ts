import type { Message } from "@/api/types";
import type { Outgoing } from "./outbox";

/** Messages of one sender that follow each other within this time are shown as one group. */
const GROUP_MS = 5 * 60_000;

/** A line of a conversation. */
export type Row =
  | { kind: "day"; key: string; at: string }
  | ({ kind: "message"; key: string; message: Message } & Grouping)
  | ({ kind: "outgoing"; key: string; outgoing: Outgoing } & Grouping)
  | { kind: "system"; key: string; message: Message };

interface Grouping {
  startsGroup: boolean;
  endsGroup: boolean;
}

interface Entry {
  row: Row;
  at: string;
  /** Null for what belongs to nobody. */
  sender: number | null;
}

/** What a conversation shows: days, stored messages by place, then what is on its way. */
export function rowsOf(messages: readonly Message[], outgoing: readonly Outgoing[], meId: number): Row[] {
  const stored = new Set(messages.map((message) => message.clientId));
  const entries: Entry[] = [
    ...messages.map(entryOf),
    ...outgoing
      .filter(({ clientId }) => !stored.has(clientId))
      .map((entry): Entry => {
        const grouping = { startsGroup: true, endsGroup: true };
        const row: Row = { kind: "outgoing", key: entry.clientId, outgoing: entry, ...grouping };
        return { row, at: entry.createdAt, sender: meId };
      }),
  ];

  const rows: Row[] = [];
  entries.forEach((entry, index) => {
    const before = entries[index - 1];
    const after = entries[index + 1];
    if (before === undefined || !sameDay(before.at, entry.at)) {
      rows.push({ kind: "day", key: `day-${entry.row.key}`, at: entry.at });
    }
    const startsGroup = before === undefined || !together(before, entry);
    const endsGroup = after === undefined || !together(entry, after);
    const { row } = entry;
    rows.push(row.kind === "message" || row.kind === "outgoing" ? { ...row, startsGroup, endsGroup } : row);
  });
  return rows;
}

function entryOf(message: Message): Entry {
  // A message keeps the key it had while it was on its way, so that it is not drawn anew.
  const key = message.clientId ?? message.id;
  if (message.type === "system") return { row: { kind: "system", key, message }, at: message.createdAt, sender: null };
  const row: Row = { kind: "message", key, message, startsGroup: true, endsGroup: true };
  return { row, at: message.createdAt, sender: message.senderId };
}

function together(a: Entry, b: Entry): boolean {
  if (a.sender === null || a.sender !== b.sender || !sameDay(a.at, b.at)) return false;
  return Date.parse(b.at) - Date.parse(a.at) < GROUP_MS;
}

function sameDay(a: string, b: string): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}
