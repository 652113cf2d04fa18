import type { Database } from "@/storage/database";
import { ordered, type Outbox, type Outgoing } from "./outbox";

/** Where an outbox outlives its tab, shared with the other tabs of its owner. */
export interface OutboxStorage {
  load: () => Promise<Outbox>;
  /** Resolves when it is stored, and has told the other tabs. */
  save: (changed: readonly Outgoing[], removed: readonly string[]) => Promise<void>;
  close: () => void;
}

/** Keeps an outbox in the database; `onChange` is called when another tab has changed it. */
export function outboxStorage(database: Database, onChange: () => void): OutboxStorage {
  const channel = new BroadcastChannel(`${database.name}-outbox`);
  channel.addEventListener("message", onChange);
  // A page that is closed while it stores cannot tell any more when that is done; whoever reads then waits for it.
  const onPageHide = () => channel.postMessage(null);
  addEventListener("pagehide", onPageHide);
  return {
    load: async () => ordered(await database.getAll("outbox")),
    save: async (changed, removed) => {
      const transaction = database.transaction("outbox", "readwrite");
      for (const entry of changed) void transaction.store.put(entry);
      for (const clientId of removed) void transaction.store.delete(clientId);
      // At once, not when the tab gets round to it: the page may be closing.
      transaction.commit();
      await transaction.done;
      channel.postMessage(null);
    },
    close: () => {
      removeEventListener("pagehide", onPageHide);
      channel.close();
    },
  };
}
