import { useCallback, useSyncExternalStore } from "react";

/**
 * What was begun but not sent: a text, and the message that it answers. Kept in localStorage, which is written before the
 * page can close; here is only what found no room there.
 */
const held = new Map<string, string>();
/** Who is to be told of what has changed, by its key. */
const watchers = new Map<string, Set<() => void>>();

const prefixesOf = (userId: number) => ({ text: `warren.draft.${userId}.`, reply: `warren.reply.${userId}.` });
const textKey = (userId: number, conversationId: string) => prefixesOf(userId).text + conversationId;
const replyKey = (userId: number, conversationId: string) => prefixesOf(userId).reply + conversationId;

export function readDraft(userId: number, conversationId: string): string {
  return read(textKey(userId, conversationId));
}

export function keepDraft(userId: number, conversationId: string, text: string): void {
  keep(textKey(userId, conversationId), text);
}

/** A draft as it is now, in whichever tab it is written; of no conversation none. */
export function useDraft(userId: number, conversationId: string | null): string {
  return useKept(conversationId === null ? null : textKey(userId, conversationId));
}

export function readReply(userId: number, conversationId: string): string | null {
  return read(replyKey(userId, conversationId)) || null;
}

/** Has the message that is being written answer another one, by its id; or none. */
export function keepReply(userId: number, conversationId: string, messageId: string | null): void {
  keep(replyKey(userId, conversationId), messageId ?? "");
}

/** The id of the message that the one being written answers. */
export function useReply(userId: number, conversationId: string): string | null {
  return useKept(replyKey(userId, conversationId)) || null;
}

function read(key: string): string {
  return held.get(key) ?? localStorage.getItem(key) ?? "";
}

function keep(key: string, value: string): void {
  try {
    if (value === "") localStorage.removeItem(key);
    else localStorage.setItem(key, value);
    held.delete(key);
  } catch (error) {
    held.set(key, value);
    console.warn("A draft cannot be kept in this browser; it lives as long as this tab.", error);
  }
  watchers.get(key)?.forEach((tell) => tell());
}

function useKept(key: string | null): string {
  const watchKey = useCallback(
    (onChange: () => void) => (key === null ? () => undefined : watch(key, onChange)),
    [key],
  );
  return useSyncExternalStore(watchKey, () => (key === null ? "" : read(key)));
}

function watch(key: string, onChange: () => void): () => void {
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
  const prefixes = Object.values(prefixesOf(userId));
  const stored = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? "");
  for (const key of stored) if (prefixes.some((prefix) => key.startsWith(prefix))) localStorage.removeItem(key);
}
