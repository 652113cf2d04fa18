import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { Outgoing } from "@/messages/outbox";
import type { KeptQuery } from "./lastKnown";

interface Schema extends DBSchema {
  /** Messages that the server is not known to have. */
  outbox: { key: string; value: Outgoing };
  /** What the server last told. */
  queries: { key: string; value: KeptQuery };
}

/** What this browser keeps of one person, shared by all tabs. */
export type Database = IDBPDatabase<Schema>;

/** A browser that has not opened the database by then is not waited for. */
const TIMEOUT_MS = 3_000;

/** Another one where the shape of what the server tells is another: what was kept of it is then dropped. */
const VERSION = 2;

/** One database for each person, so that nobody can be shown what belongs to somebody else. */
const nameOf = (userId: number): string => `warren-${userId}`;

/** Opens a person's database; fails where the browser keeps nothing. */
export async function openDatabase(userId: number): Promise<Database> {
  let isLate = false;
  const opening = openDB<Schema>(nameOf(userId), VERSION, {
    upgrade: (database, before) => {
      if (before < 1) database.createObjectStore("outbox", { keyPath: "clientId" });
      // What the server tells again need not be kept in an older shape.
      if (before > 0) database.deleteObjectStore("queries");
      database.createObjectStore("queries", { keyPath: "hash" });
    },
    // Another tab signs out: holding on to the database would keep it from being deleted.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  }).then((database) => {
    if (isLate) database.close();
    return database;
  });
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  return Promise.race([
    opening,
    new Promise<never>((_resolve, reject) => {
      timeout.addEventListener("abort", () => {
        isLate = true;
        reject(new Error("The database did not open in time."));
      });
    }),
  ]);
}

/** Deletes all that is kept of a person. */
export async function deleteDatabase(userId: number): Promise<void> {
  await deleteDB(nameOf(userId));
}
