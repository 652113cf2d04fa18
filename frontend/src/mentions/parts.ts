import type { Member, Message } from "@/api/types";
import { linksIn } from "./links";
import { ALL, namesIn } from "./names";

/** A piece of a text: as it is, an address, or the name of somebody; of everybody without an id. */
export type Part = string | { text: string; userId: number | null } | { text: string; href: string };

type Named = Pick<Member, "userId" | "username">;

/** Of messages seen before, with the names that their text was looked through for; so rows stay as they are. */
const known = new WeakMap<Message, { names: string; parts: readonly Part[] }>();

/**
 * A message's text, with its addresses and the names of those whom it mentions apart. The server says whom it mentions; who is a member no
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

/** A part that is more than its text, and from where to where it stands. */
interface Place {
  start: number;
  end: number;
  part: Part;
}

function split(text: string, named: readonly Named[], mentionsAll: boolean): Part[] {
  const links = linksIn(text).map(({ start, end, href }): Place => {
    return { start, end, part: { text: text.slice(start, end), href } };
  });
  const places = [...links, ...namesOf(text, named, mentionsAll)].sort((a, b) => a.start - b.start);
  const parts: Part[] = [];
  let end = 0;
  for (const place of places) {
    // A name in an address is a piece of it.
    if (place.start < end) continue;
    if (place.start > end) parts.push(text.slice(end, place.start));
    parts.push(place.part);
    end = place.end;
  }
  if (end < text.length || parts.length === 0) parts.push(text.slice(end));
  return parts;
}

function namesOf(text: string, named: readonly Named[], mentionsAll: boolean): Place[] {
  if (named.length === 0 && !mentionsAll) return [];
  const ids = new Map<string, number | null>(named.map(({ userId, username }) => [username.toLowerCase(), userId]));
  if (mentionsAll) ids.set(ALL, null);
  return namesIn(text).flatMap(({ start, text: whole, ...name }): Place[] => {
    const found = [name.whole, name.trimmed].find((candidate) => ids.has(candidate));
    if (found === undefined) return [];
    const length = 1 + found.length;
    return [{ start, end: start + length, part: { text: whole.slice(0, length), userId: ids.get(found) ?? null } }];
  });
}
