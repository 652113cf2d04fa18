import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, withQuery } from "@/api/client";
import type { Conversation, Page } from "@/api/types";
import { useDebounced } from "@/lib/useDebounced";
import { matchingConversations } from "@/switcher/matches";
import { listed, withConversation, type ConversationIndex, type Section } from "./cache";
import { PATH, updateConversations } from "./queries";

/** The most that is asked for at once: whoever has more searches by name. */
const LIMIT = 100;

const FILTERS: Record<Section, Record<string, boolean>> = {
  all: { requests: false },
  unread: { unread: true, requests: false },
  requests: { requests: true },
  archived: { archived: true },
};

interface Found {
  conversations: Conversation[];
  /** Whether the server is still being asked. */
  isAsking: boolean;
  error: Error | null;
  retry: () => void;
}

/**
 * The part of the list, or what there is of it by a name. What is held is shown at once; the server is asked for what
 * is not held yet, but not for the whole list, which comes page by page.
 */
export function useFound(index: ConversationIndex, section: Section, text: string, meId: number): Found {
  const q = useDebounced(text.trim(), 200);
  const { isFetching, error, refetch } = useQuery({
    queryKey: ["found", section, q],
    queryFn: async ({ signal }) => {
      const query = { ...FILTERS[section], limit: LIMIT, ...(q !== "" && { q }) };
      const page = await api.get<Page<Conversation>>(withQuery(PATH, query), signal);
      updateConversations((held) => page.items.reduce(withConversation, held));
      return page.items.length;
    },
    enabled: section !== "all" || q !== "",
    staleTime: 10_000,
    gcTime: 60_000,
  });
  const conversations = useMemo(() => {
    const all = listed(index, section);
    return text.trim() === "" ? all : matchingConversations(all, text, meId, Infinity);
  }, [index, section, text, meId]);
  return { conversations, isAsking: isFetching || text.trim() !== q, error, retry: () => void refetch() };
}
