import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Conversation, PublicUser } from "@/api/types";
import { useMe } from "@/auth/me";
import { EMPTY_INDEX, listed } from "@/conversations/cache";
import { otherMember } from "@/conversations/describe";
import { conversationsQuery } from "@/conversations/queries";
import { useDebounced } from "@/lib/useDebounced";
import { usePeople } from "@/people/queries";
import { matchingConversations } from "./matches";

const MAX_PEOPLE = 5;

export type Choice =
  { kind: "conversation"; id: string; conversation: Conversation } | { kind: "person"; id: string; person: PublicUser };

interface Choices {
  choices: Choice[];
  /** Whether people are still being looked for. */
  isSearching: boolean;
  error: Error | null;
}

/** The conversations that match, then people with whom there is none among them. */
export function useChoices(text: string): Choices {
  const { userId } = useMe();
  const { data: index = EMPTY_INDEX } = useQuery(conversationsQuery);
  const wanted = useDebounced(text.trim(), 200);
  const people = usePeople(wanted);

  const choices = useMemo(() => {
    const conversations = matchingConversations(listed(index), text, userId);
    const known = new Set(
      conversations.flatMap((one) => (one.type === "direct" ? [otherMember(one, userId)?.userId] : [])),
    );
    const strangers = wanted === "" ? [] : (people.data ?? []).filter((person) => !known.has(person.userId));
    return [
      ...conversations.map((conversation): Choice => ({ kind: "conversation", id: conversation.id, conversation })),
      ...strangers
        .slice(0, MAX_PEOPLE)
        .map((person): Choice => ({ kind: "person", id: `person-${person.userId}`, person })),
    ];
  }, [index, text, wanted, userId, people.data]);

  return { choices, isSearching: text.trim() !== wanted || people.isFetching, error: people.error };
}
