/**
 * What was written but not sent. Kept in localStorage, which is written before the page can close; here is only what
 * found no room there.
 */
const held = new Map<string, string>();

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
}

/** Forgets all drafts of a person. */
export function clearDrafts(userId: number): void {
  held.clear();
  const stored = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? "");
  for (const key of stored) if (key.startsWith(prefixOf(userId))) localStorage.removeItem(key);
}
