import type { Me } from "@/api/types";

/** Also tells that there is a refresh cookie, which scripts cannot see; spares visitors a refused request. */
const KEY = "warren.session";

/** Remembers who is signed in, so that the app opens without asking. */
export function storeMe(me: Me | null): void {
  try {
    if (me === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify(me));
  } catch (error) {
    console.warn("Who is signed in cannot be kept in this browser; the session lives as long as this tab.", error);
  }
}

export function readStoredMe(): Me | null {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "null") as Partial<Me> | null;
    const { userId, username, displayName } = stored ?? {};
    const isMe = typeof userId === "number" && typeof username === "string" && typeof displayName === "string";
    return isMe ? (stored as Me) : null;
  } catch {
    return null;
  }
}
