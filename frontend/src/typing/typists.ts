import { create } from "zustand";
import type { UserTyping } from "@/api/types";

/** Without being told again, it is over. */
export const EXPIRY_MS = 6_000;

/** Who is typing, by conversation, in the order in which they began. */
export const useTypists = create<{ in: Readonly<Record<string, readonly number[]>> }>(() => ({ in: {} }));

const timers = new Map<string, ReturnType<typeof setTimeout>>();

/** Takes over that somebody is typing, or no longer. */
export function heardTyping({ conversationId, userId, isTyping }: UserTyping): void {
  const key = `${conversationId}:${userId}`;
  clearTimeout(timers.get(key));
  timers.delete(key);
  if (isTyping)
    timers.set(
      key,
      setTimeout(() => stoppedTyping(conversationId, userId), EXPIRY_MS),
    );
  const before = useTypists.getState().in[conversationId] ?? [];
  if (before.includes(userId) === isTyping) return;
  put(conversationId, isTyping ? [...before, userId] : before.filter((other) => other !== userId));
}

/** Somebody has written, or is gone. */
export function stoppedTyping(conversationId: string, userId: number): void {
  heardTyping({ conversationId, userId, isTyping: false });
}

/** Forgets who types in a conversation that is no longer shown; in all of them if none is named. */
export function forgetTyping(conversationId?: string): void {
  for (const [key, timer] of timers) {
    if (conversationId !== undefined && !key.startsWith(`${conversationId}:`)) continue;
    clearTimeout(timer);
    timers.delete(key);
  }
  if (conversationId === undefined) useTypists.setState({ in: {} });
  else put(conversationId, []);
}

function put(conversationId: string, typists: readonly number[]): void {
  const { [conversationId]: before, ...others } = useTypists.getState().in;
  if (typists.length > 0) useTypists.setState({ in: { ...others, [conversationId]: typists } });
  else if (before !== undefined) useTypists.setState({ in: others });
}
