import { whenReleased } from "@/lib/hold";
import { isPending, type Outbox } from "@/messages/outbox";
import { outbox, useOutbox } from "@/messages/outboxStore";
import { lockOf, TAB } from "./uploads";

/** Tabs whose end is waited for. */
const watched = new Set<string>();

/**
 * A file that a message waits for is gone with the tab in which it was chosen. Messages of tabs that have ended are given
 * up, so that their sender learns it.
 */
export function watchForLost(): () => void {
  look(outbox.read());
  return useOutbox.subscribe(({ entries }) => look(entries));
}

function look(entries: Outbox): void {
  for (const entry of entries) {
    const { tab } = entry;
    if (!isPending(entry) || tab === undefined || tab === TAB || watched.has(tab)) continue;
    watched.add(tab);
    void whenReleased(lockOf(tab)).then(() => outbox.update((now) => withLost(now, tab)));
  }
}

export function withLost(entries: Outbox, tab: string): Outbox {
  const error = { code: "UPLOAD_LOST", message: "The page was closed before its files were uploaded." } as const;
  return entries.map((entry) => (entry.tab === tab && isPending(entry) ? { ...entry, state: "failed", error } : entry));
}
