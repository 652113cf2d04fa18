import { useCallback, useMemo } from "react";
import type { Conversation, Message } from "@/api/types";
import { memberName } from "@/conversations/describe";
import { useStrangers } from "@/people/queries";
import { namedIn } from "./systemText";

/** What the people in a history are called, also those who are members no more. */
export function useWho(conversation: Conversation, messages: readonly Message[]): (userId: number) => string {
  const { members, memberCount } = conversation;
  const missing = useMemo(() => {
    const known = new Set(members.map(({ userId }) => userId));
    // While not all members are known, those that are missing come with them.
    if (known.size < memberCount) return [];
    return [...new Set(messages.flatMap(namedIn))].filter((userId) => !known.has(userId)).sort((a, b) => a - b);
  }, [members, memberCount, messages]);
  const strangers = useStrangers(missing);
  return useCallback((userId: number) => memberName(conversation, userId, strangers), [conversation, strangers]);
}
