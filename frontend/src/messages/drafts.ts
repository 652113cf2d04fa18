import { useCallback, useSyncExternalStore } from "react";

/**
 * What was written but not sent. Kept in localStorage, which is written before the page can close; here is only what
 * found no room there.
 */
const held = new Map<string, string>();
/** Who is to be told of a draft that has changed, by its key. */
const watchers = new Map<string, Set<() => void>>();

const prefixOf = (userId: number): string => `warren.draft.${userId}.`;

export function readDraft(userId: number, conversationId: string): string {
  const key = prefixOf(userId) + conversationId;
  return held.get(key) ?? localStorage.getItem(key) ?? "";
}

export function keepDraft(userId: number, conversationId: string, text: string): void {
  const key = prefixOf(userId) + conversationId;
  try {
    if (text === "") localStorage.removeItem(key);
    else localStorage.setItem(key, text);
    held.delete(key);
  } catch (error) {
    held.set(key, text);
    console.warn("A draft cannot be kept in this browser; it lives as long as this tab.", error);
  }
  watchers.get(key)?.forEach((tell) => tell());
}

/** A draft as it is now, in whichever tab it is written; of no conversation none. */
export function useDraft(userId: number, conversationId: string | null): string {
  const watch = useCallback(
    (onChange: () => void) =>
      conversationId === null ? () => undefined : watchDraft(userId, conversationId, onChange),
    [userId, conversationId],
  );
  return useSyncExternalStore(watch, () => (conversationId === null ? "" : readDraft(userId, conversationId)));
}

function watchDraft(userId: number, conversationId: string, onChange: () => void): () => void {
  const key = prefixOf(userId) + conversationId;
  const others = watchers.get(key) ?? new Set();
  watchers.set(key, others.add(onChange));
  return () => {
    others.delete(onChange);
    if (others.size === 0 && watchers.get(key) === others) watchers.delete(key);
  };
}

window.addEventListener("storage", ({ key }) => {
  if (key !== null) watchers.get(key)?.forEach((tell) => tell());
});

/** Forgets all drafts of a person. */
export function clearDrafts(userId: number): void {
  held.clear();
  const stored = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? "");
  for (const key of stored) if (key.startsWith(prefixOf(userId))) localStorage.removeItem(key);
}
