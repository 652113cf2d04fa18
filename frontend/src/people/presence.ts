import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "@/api/client";
import { queryClient } from "@/api/queryClient";
import type { Presence } from "@/api/types";

/** The most people in one question. */
const MAX = 100;
/** Only those with whom one talks directly are told of live; of others it is asked again after this time. */
const STALE_MS = 60_000;

export type Presences = ReadonlyMap<number, Presence>;

const KEY = ["presence"] as const;

/** Whether these people are there, as far as the user may know; the first hundred of them. */
export function usePresence(userIds: readonly number[]): Presences {
  const asked = useMemo(() => [...new Set(userIds)].sort((a, b) => a - b).slice(0, MAX), [userIds]);
  const { data } = useQuery({
    queryKey: [...KEY, asked],
    queryFn: async () => (await api.post<{ items: Presence[] }>("/user/presence", { userIds: asked })).items,
    enabled: asked.length > 0,
    staleTime: STALE_MS,
    refetchInterval: STALE_MS,
    gcTime: STALE_MS,
  });
  return useMemo(() => new Map((data ?? []).map((presence) => [presence.userId, presence])), [data]);
}

/** Takes over what an event told. */
export function updatePresence(presence: Presence): void {
  queryClient.setQueriesData<Presence[]>({ queryKey: KEY }, (items) =>
    items?.map((item) => (item.userId === presence.userId ? presence : item)),
  );
}

/**
 * Asks anew: after a connection was lost, what was told before it may be over; and whoever shares a conversation from now
 * on may know more than before.
 */
export function refreshPresence(): void {
  void queryClient.invalidateQueries({ queryKey: KEY });
}
