import type { Member, Message } from "@/api/types";
import { ALL, namesIn } from "./names";

/** A piece of a text: as it is, or the name of somebody; of everybody without an id. */
export type Part = string | { text: string; userId: number | null };

type Named = Pick<Member, "userId" | "username">;

/** Of messages seen before, with the names that their text was looked through for; so rows stay as they are. */
const known = new WeakMap<Message, { names: string; parts: readonly Part[] }>();

/**
 * A message's text, with the names of those whom it mentions apart. The server says whom it mentions; who is a member no
 * more, or is called otherwise now, is not found in the text.
 */
export function partsOf(message: Message, members: readonly Named[]): readonly Part[] {
  const { mentions = [], mentionsAll = false } = message;
  const named = members.filter(({ userId }) => mentions.includes(userId));
  const names = named.map(({ userId, username }) => `${userId}:${username}`).join(" ");
  const held = known.get(message);
  if (held?.names === names) return held.parts;
  const parts = split(message.content, named, mentionsAll);
  known.set(message, { names, parts });
  return parts;
}

function split(text: string, named: readonly Named[], mentionsAll: boolean): Part[] {
  if (named.length === 0 && !mentionsAll) return [text];
  const ids = new Map<string, number | null>(named.map(({ userId, username }) => [username.toLowerCase(), userId]));
  if (mentionsAll) ids.set(ALL, null);
  const parts: Part[] = [];
  let end = 0;
  for (const { start, text: whole, ...name } of namesIn(text)) {
    const found = [name.whole, name.trimmed].find((candidate) => ids.has(candidate));
    if (found === undefined) continue;
    if (start > end) parts.push(text.slice(end, start));
    end = start + 1 + found.length;
    parts.push({ text: whole.slice(0, 1 + found.length), userId: ids.get(found) ?? null });
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}
