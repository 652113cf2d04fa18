import type { Conversation } from "@/api/types";
import { nameOf, otherMember } from "@/conversations/describe";
import { fold } from "@/lib/fold";

const MAX_MATCHES = 8;

/**
 * The conversations whose name, or whose other person's username, has a word that begins with `text`; those that begin
 * with it first, otherwise as given.
 */
export function matchingConversations(
  conversations: readonly Conversation[],
  text: string,
  meId: number,
  most = MAX_MATCHES,
): Conversation[] {
  const wanted = fold(text.trim());
  if (wanted === "") return conversations.slice(0, most);
  const ranked = conversations.flatMap((conversation) => {
    const name = fold(nameOf(conversation, meId));
    const username = conversation.type === "direct" ? fold(otherMember(conversation, meId)?.username ?? "") : "";
    if (name.startsWith(wanted) || username.startsWith(wanted)) return [{ conversation, rank: 0 }];
    return name.includes(` ${wanted}`) ? [{ conversation, rank: 1 }] : [];
  });
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ conversation }) => conversation);
}
