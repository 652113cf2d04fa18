import { useQueries } from "@tanstack/react-query";
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

/** Whether these people are there, as far as the user may know; asked in portions, in the given order. */
export function usePresence(userIds: readonly number[]): Presences {
  const portions = useMemo(() => portionsOf([...new Set(userIds)]), [userIds]);
  return useQueries({
    queries: portions.map((asked) => ({
      queryKey: [...KEY, asked],
      queryFn: async () => (await api.post<{ items: Presence[] }>("/user/presence", { userIds: asked })).items,
      staleTime: STALE_MS,
      refetchInterval: STALE_MS,
      gcTime: STALE_MS,
    })),
    combine: together,
  });
}

/** Sorted, so that the same people are asked for once, however they are arranged. */
export function portionsOf(userIds: readonly number[]): number[][] {
  return Array.from({ length: Math.ceil(userIds.length / MAX) }, (_, index) =>
    userIds.slice(index * MAX, (index + 1) * MAX).sort((a, b) => a - b),
  );
}

function together(answers: readonly { data: Presence[] | undefined }[]): Presences {
  return new Map(answers.flatMap(({ data = [] }) => data.map((presence) => [presence.userId, presence])));
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
