import type { Row } from "./rows";

/** Characters on a line of a bubble, roughly. */
const LINE = 56;

/** A row's height in pixels before it is measured: near enough for the scroll bar to be honest. */
export function heightOf(row: Row | undefined): number {
  if (row === undefined) return 0;
  if (row.kind === "day") return 60;
  if (row.kind === "system" || row.kind === "unread") return 32;
  const content = row.kind === "message" ? row.message.content : row.outgoing.content;
  const lines = content.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / LINE)), 0);
  return 16 + 21 * lines + (row.startsGroup ? 12 : 2) + (row.endsGroup ? 20 : 0);
}
