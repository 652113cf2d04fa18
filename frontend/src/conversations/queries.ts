import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, withQuery } from "@/api/client";
import { queryClient } from "@/api/queryClient";
import type { Conversation, CreateConversation, Page } from "@/api/types";
import { EMPTY_INDEX, withConversation, withPage, type ConversationIndex } from "./cache";

export const PATH = "/chat/conversations";
const PAGE = 100;

export const conversationPath = (id: string): string => `${PATH}/${encodeURIComponent(id)}`;

/** The conversations; the first page is fetched, the rest comes with scrolling, events and catching up. */
export const conversationsQuery = queryOptions({
  queryKey: ["conversations"],
  queryFn: async ({ signal }): Promise<ConversationIndex> => {
    const page = await api.get<Page<Conversation>>(withQuery(PATH, { limit: PAGE }), signal);
    return withPage(readConversations(), page);
  },
});

export function readConversations(): ConversationIndex {
  return queryClient.getQueryData(conversationsQuery.queryKey) ?? EMPTY_INDEX;
}

export function updateConversations(change: (index: ConversationIndex) => ConversationIndex): void {
  queryClient.setQueryData(conversationsQuery.queryKey, (index) => change(index ?? EMPTY_INDEX));
}

/** Fetches the next page of the list. */
export async function fetchMoreConversations(): Promise<void> {
  const cursor = readConversations().nextCursor;
  if (cursor === null) return;
  const page = await api.get<Page<Conversation>>(withQuery(PATH, { limit: PAGE, cursor }));
  updateConversations((index) => withPage(index, page));
}

/** Fetches one conversation with all its members. */
export async function fetchConversation(id: string, signal?: AbortSignal): Promise<Conversation> {
  const conversation = await api.get<Conversation>(conversationPath(id), signal);
  updateConversations((index) => withConversation(index, conversation));
  return conversation;
}

export async function createConversation(creation: CreateConversation): Promise<Conversation> {
  const conversation = await api.post<Conversation>(PATH, creation);
  updateConversations((index) => withConversation(index, conversation));
  return conversation;
}

/** Fetches again what is shown of conversations, and of others when they are shown next. */
export function refreshConversations(): void {
  void queryClient.invalidateQueries({ queryKey: ["conversation"] });
}

/** What is held of a conversation; nothing is asked for it. */
export function useHeldConversation(id: string): Conversation | undefined {
  return useQuery({ ...conversationsQuery, enabled: false, select: ({ byId }) => byId[id] }).data;
}

/** All that is held of conversations; nothing is asked for it. */
export function useHeldConversations(): ConversationIndex {
  return useQuery({ ...conversationsQuery, enabled: false }).data ?? EMPTY_INDEX;
}

/**
 * The conversation with all its members; fetched when the list does not hold that much of it, and once for each connection:
 * how far others have read meanwhile is not among what catching up tells.
 */
export function useConversation(id: string): { conversation: Conversation | undefined; error: Error | null } {
  const list = useQuery(conversationsQuery);
  const conversation = list.data?.byId[id];
  const isComplete = conversation !== undefined && conversation.members.length >= conversation.memberCount;
  const detail = useQuery({
    // Asked anew when the user is put into it, or taken out.
    queryKey: ["conversation", id, conversation !== undefined],
    queryFn: async ({ signal }) => (await fetchConversation(id, signal)).id,
    enabled: !list.isPending,
    // What was complete may not be any longer.
    staleTime: isComplete ? Infinity : 0,
    // What it brings is in the list.
    notifyOnChangeProps: conversation === undefined ? ["error"] : [],
  });
  return { conversation, error: conversation === undefined ? (detail.error ?? list.error) : null };
}
