import { useEffect, useRef, useState } from "react";
import { announce } from "@/lib/announce";
import { t } from "@/locales";
import type { Row } from "./rows";
import { holds, type Timeline } from "./timeline";
import type { Visit } from "./useVisits";

/** How long the message that was looked for stands out. */
const HIGHLIGHT_MS = 2_500;

/** Brings the place that is visited onto the screen, and tells the place that stands out. */
export function useHighlight(
  visit: Visit | null,
  part: Timeline,
  rows: readonly Row[],
  toRow: (index: number, align: "start" | "center") => void,
  who: (userId: number) => string,
): number | null {
  /** The visit whose time is over. */
  const [past, setPast] = useState<Visit | null>(null);
  const done = useRef<Visit | null>(null);

  useEffect(() => {
    if (visit === null || done.current === visit || !holds(part, visit.seq)) return;
    const index = rows.findIndex((row) => isAt(row, visit));
    const row = rows[index];
    if (row === undefined) return;
    done.current = visit;
    toRow(index, visit.what === "unread" ? "start" : "center");
    if (row.kind !== "message") return;
    announce(t("messages.announced", { name: who(row.message.senderId), text: row.message.content }));
  }, [visit, part, rows, toRow, who]);

  useEffect(() => {
    const timer = setTimeout(() => setPast(visit), HIGHLIGHT_MS);
    return () => clearTimeout(timer);
  }, [visit]);
  return visit === null || visit === past || visit.what === "unread" ? null : visit.seq;
}

function isAt(row: Row, { what, seq }: Visit): boolean {
  if (what === "unread") return row.kind === "unread";
  return (row.kind === "message" || row.kind === "system") && row.message.seq === seq;
}
