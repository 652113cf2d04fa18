import { useInfiniteQuery, type InfiniteData } from "@tanstack/react-query";
import { api, withQuery } from "@/api/client";
import { queryClient } from "@/api/queryClient";
import type { Message, Page } from "@/api/types";
import { fetchConversation, readConversations } from "@/conversations/queries";
import { useDebounced } from "@/lib/useDebounced";

const PATH = "/chat/search";
const PAGE = 20;
const KEY = ["found-messages"] as const;
/** The longest text to look for, in characters. */
export const MAX_SEARCH = 200;

type Pages = InfiniteData<Page<Message>, string | null>;

export interface Found {
  /** What was looked for, which is what was written a moment ago. */
  q: string;
  /** The newest first; undefined before the first answer. */
  messages: Message[] | undefined;
  /** Whether the server is being asked for what is written now. */
  isAsking: boolean;
  error: Error | null;
  retry: () => void;
  hasMore: boolean;
  isFetchingMore: boolean;
  fetchMore: () => void;
}

/** Whether there is something in a text that can be looked for: a letter or a digit. */
export function isSearchable(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

/** The messages in which each word of a text begins a word; of one conversation, or of all. */
export function useFoundMessages(text: string, conversationId: string | null): Found {
  const written = text.trim();
  const q = useDebounced(written, 300);
  const query = useInfiniteQuery({
    queryKey: [...KEY, conversationId, q],
    queryFn: async ({ signal, pageParam: cursor }) => {
      const query = { q, conversationId, cursor, limit: PAGE };
      const page = await api.get<Page<Message>>(withQuery(PATH, query), signal);
      if (conversationId === null) await holdConversations(page.items);
      return page;
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    enabled: isSearchable(q),
    // What is written later belongs to it, too.
    staleTime: 10_000,
    gcTime: 60_000,
    // Somebody waits, and can try again by hand.
    retry: 1,
  });
  const { data, error, isFetching, isFetchingNextPage, hasNextPage } = query;
  return {
    q,
    messages: data?.pages.flatMap(({ items }) => items),
    isAsking: isSearchable(written) && (q !== written || (isFetching && !isFetchingNextPage)),
    error,
    retry: () => void (query.isFetchNextPageError ? query.fetchNextPage() : query.refetch()),
    hasMore: hasNextPage,
    isFetchingMore: isFetchingNextPage,
    fetchMore: () => {
      if (hasNextPage && !isFetching && error === null) void query.fetchNextPage();
    },
  };
}

/** Messages are told with the names of their conversations, of which the list holds only the latest. */
async function holdConversations(messages: readonly Message[]): Promise<void> {
  const { byId } = readConversations();
  const missing = new Set(messages.map(({ conversationId }) => conversationId).filter((id) => byId[id] === undefined));
  await Promise.allSettled([...missing].map((id) => fetchConversation(id)));
}

/** Takes over what became of messages of a conversation among what was found; null for what is gone. */
export function updateFound(conversationId: string, change: (message: Message) => Message | null): void {
  const become = (message: Message) => (message.conversationId === conversationId ? change(message) : message);
  queryClient.setQueriesData<Pages>({ queryKey: KEY }, (found) => {
    if (found === undefined) return undefined;
    const pages = found.pages.map((page) => ({ ...page, items: page.items.flatMap((item) => become(item) ?? []) }));
    return { ...found, pages };
  });
}
