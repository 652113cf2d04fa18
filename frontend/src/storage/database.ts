import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { Outgoing } from "@/messages/outbox";

interface Schema extends DBSchema {
  /** Messages that the server is not known to have, by `clientId`. */
  outbox: { key: string; value: Outgoing };
}

/** What this browser keeps of one person, shared by all tabs. */
export type Database = IDBPDatabase<Schema>;

/** One database for each person, so that nobody can be shown what belongs to somebody else. */
const nameOf = (userId: number): string => `warren-${userId}`;

export async function openDatabase(userId: number): Promise<Database> {
  return openDB<Schema>(nameOf(userId), 1, {
    upgrade: (database) => void database.createObjectStore("outbox", { keyPath: "clientId" }),
    // Another tab signs out: holding on to the database would keep it from being deleted.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
}

/** Deletes all that is kept of a person. */
export async function deleteDatabase(userId: number): Promise<void> {
  await deleteDB(nameOf(userId));
}
