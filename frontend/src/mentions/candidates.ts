import type { Conversation, Member } from "@/api/types";
import { fold } from "@/lib/fold";
import { ALL } from "./names";

/** The most that are offered at a time. */
const MAX = 8;

/** Somebody to be named; without a member, everybody. */
export interface Candidate {
  /** What is written after the "@". */
  name: string;
  member: Member | null;
}

/**
 * Whom `query` may mean: first those whose username begins with it, then those with a name of which a word does. Between
 * two there is nobody to tell apart; everybody is named by those who look after a group.
 */
export function candidatesFor(conversation: Conversation, query: string, meId: number): Candidate[] {
  if (conversation.type !== "group") return [];
  const wanted = fold(query);
  const others = conversation.members.filter(({ userId, username }) => userId !== meId && username !== "");
  const byUsername = others.filter(({ username }) => fold(username).startsWith(wanted));
  const byName = others.filter(
    (member) => !byUsername.includes(member) && ` ${fold(member.displayName)}`.includes(` ${wanted}`),
  );
  const mayNameAll = conversation.me.role !== "member" && ALL.startsWith(wanted);
  const people = [...byUsername, ...byName].map((member): Candidate => ({ name: member.username, member }));
  const found = [...(mayNameAll ? [{ name: ALL, member: null }] : []), ...people];
  // A name that is complete needs no help: Enter then sends the message.
  return found.length === 1 && found[0]?.name.toLowerCase() === query.toLowerCase() ? [] : found.slice(0, MAX);
}
