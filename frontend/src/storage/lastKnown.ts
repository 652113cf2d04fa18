import type { Query, QueryClient, QueryKey } from "@tanstack/react-query";
import type { ConversationIndex } from "@/conversations/cache";
import { newestPart, type Timeline } from "@/messages/timeline";
import type { Database } from "./database";

/** An answer of the server as it is kept. */
export interface KeptQuery {
  hash: string;
  key: QueryKey;
  data: unknown;
  /** When it was stored; the least recent timelines are dropped first. */
  at: number;
  /** Of a timeline: its conversation's `lastChange`, up to which edits and deletions are in it. */
  change?: number;
}

/** What is kept, by the first part of its key. What is looked for, such as people, is not. */
const KEPT: ReadonlySet<unknown> = new Set(["conversations", "messages", "notifications"]);
/** The newest messages of a conversation are kept; older ones are fetched again. */
const MAX_MESSAGES = 100;
const MAX_TIMELINES = 50;
/** Changes in quick succession are stored once. */
const GATHER_MS = 1_000;

/**
 * What was last known and fits together: catching up starts from exactly what is held, so a timeline older than its
 * conversation's entry in the list is left out.
 */
export async function readLastKnown(database: Database): Promise<KeptQuery[]> {
  const kept = await database.getAll("queries");
  const index = kept.find(({ key }) => key[0] === "conversations")?.data as ConversationIndex | undefined;
  const timelines = kept.filter(({ key }) => key[0] === "messages").sort((a, b) => b.at - a.at);
  const isCurrent = ({ key, change }: KeptQuery) => index?.byId[String(key[1])]?.lastChange === change;
  const usable = new Set(timelines.filter(isCurrent).slice(0, MAX_TIMELINES));
  const dropped = timelines.filter((query) => !usable.has(query));
  await Promise.all(dropped.map(({ hash }) => database.delete("queries", hash)));
  return kept.filter((query) => !dropped.includes(query));
}

/** Keeps what the cache holds from now on, until the function it returns is called. */
export function keepLastKnown(database: Database, client: QueryClient): () => void {
  const cache = client.getQueryCache();
  const changed = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const store = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const hashes = [...changed];
    changed.clear();
    if (hashes.length === 0) return;
    const transaction = database.transaction("queries", "readwrite");
    for (const hash of hashes) {
      const query = cache.get(hash);
      if (query?.state.data === undefined) void transaction.store.delete(hash);
      else void transaction.store.put(keptOf(query, client));
    }
    transaction.commit();
    await transaction.done;
  };
  const storeSafely = (): void => {
    store().catch((error: unknown) => console.warn("What is known could not be kept for the next start.", error));
  };

  const unsubscribe = cache.subscribe((event) => {
    const isNews = event.type === "removed" || (event.type === "updated" && event.action.type === "success");
    if (!isNews || !KEPT.has((event.query.queryKey as QueryKey)[0])) return;
    changed.add(event.query.queryHash);
    timer ??= setTimeout(storeSafely, GATHER_MS);
  });
  // The page may be closing.
  const onHidden = () => {
    if (document.visibilityState === "hidden") storeSafely();
  };
  document.addEventListener("visibilitychange", onHidden);

  return () => {
    clearTimeout(timer);
    unsubscribe();
    document.removeEventListener("visibilitychange", onHidden);
  };
}

function keptOf(query: Query, client: QueryClient): KeptQuery {
  const key = query.queryKey;
  const kept = { hash: query.queryHash, key, data: query.state.data, at: Date.now() };
  if (key[0] !== "messages") return kept;
  const index = client.getQueryData<ConversationIndex>(["conversations"]);
  const change = index?.byId[String(key[1])]?.lastChange;
  const data = newestPart(query.state.data as Timeline, MAX_MESSAGES);
  return { ...kept, data, ...(change !== undefined && { change }) };
}
