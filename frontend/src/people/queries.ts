import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { api, withQuery } from "@/api/client";
import type { Page, PublicUser } from "@/api/types";
import { useMe } from "@/auth/me";

/** People whose username or display name begins with `text`, without the user. Idle while the text is empty. */
export function usePeople(text: string): UseQueryResult<PublicUser[]> {
  const { userId } = useMe();
  const q = text.trim();
  return useQuery({
    queryKey: ["people", q],
    queryFn: async ({ signal }) => {
      const page = await api.get<Page<PublicUser>>(withQuery("/user/search", { q, limit: 20 }), signal);
      return page.items.filter((person) => person.userId !== userId);
    },
    enabled: q !== "",
    // Names change and people join: a result is good for the moment only.
    staleTime: 10_000,
    gcTime: 5 * 60_000,
    placeholderData: keepPreviousData,
  });
}
