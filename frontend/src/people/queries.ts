import { keepPreviousData, queryOptions, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { api, withQuery } from "@/api/client";
import { queryClient } from "@/api/queryClient";
import type { Blocked, Page, Profile, PublicUser } from "@/api/types";
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

/** Somebody's page. */
export const profileQuery = (userId: number) =>
  queryOptions({
    queryKey: ["profile", userId],
    queryFn: ({ signal }) => api.get<Profile>(`/user/${userId}`, signal),
    // Events tell of those with whom the user talks directly.
    staleTime: 30_000,
  });

/** Takes over what is known to be other, if the page is held. */
export function updateProfile(userId: number, change: Partial<Profile>): void {
  queryClient.setQueryData(profileQuery(userId).queryKey, (held) =>
    held === undefined ? undefined : { ...held, ...change },
  );
}

/** Hears nothing more from somebody, or again. */
export async function setBlocked(userId: number, blocked: boolean): Promise<void> {
  const path = `/user/${userId}/block`;
  await (blocked ? api.put(path) : api.delete(path));
  updateProfile(userId, { blocked });
  refreshBlocks();
}

const BLOCKS = ["blocks"] as const;

/** Whom the user has blocked, the latest first; all pages. */
export const blocksQuery = queryOptions({
  queryKey: BLOCKS,
  queryFn: async ({ signal }): Promise<Blocked[]> => {
    const items: Blocked[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<Blocked> = await api.get(withQuery("/user/blocks", { limit: 100, cursor }), signal);
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return items;
  },
});

/** Whether the user has blocked somebody. */
export function useIsBlocked(userId: number | undefined): boolean {
  const { data = false } = useQuery({
    ...blocksQuery,
    enabled: userId !== undefined,
    select: (blocks) => blocks.some(({ user }) => user.userId === userId),
  });
  return data;
}

export function refreshBlocks(): void {
  void queryClient.invalidateQueries({ queryKey: BLOCKS });
}

/** People who are no members any more, by their ids; those that are gone are missing. */
export function useStrangers(userIds: readonly number[]): ReadonlyMap<number, PublicUser> {
  const { data } = useQuery({
    queryKey: ["strangers", userIds],
    queryFn: async () => {
      const { items } = await api.post<{ items: PublicUser[] }>("/user/batch", { userIds: userIds.slice(0, 100) });
      return new Map(items.map((person) => [person.userId, person]));
    },
    enabled: userIds.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 5 * 60_000,
    gcTime: 5 * 60_000,
  });
  return data ?? NOBODY;
}

const NOBODY: ReadonlyMap<number, PublicUser> = new Map();
