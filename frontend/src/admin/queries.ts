import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, withQuery } from "@/api/client";
import { queryClient } from "@/api/queryClient";
import type { AccountStatus, AccountView, Broadcast, Page, Role, SendBroadcast, Suspend } from "@/api/types";

const KEY = ["accounts"] as const;

export interface AccountFilter {
  q: string;
  status: AccountStatus | "all";
  role: Role | "all";
}

/** Accounts that fit, page by page. */
export const accountsQuery = ({ q, status, role }: AccountFilter) =>
  infiniteQueryOptions({
    queryKey: [...KEY, q, status, role],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<AccountView>>(
        withQuery("/user", {
          limit: 50,
          cursor: pageParam,
          q: q === "" ? null : q,
          status: status === "all" ? null : status,
          role: role === "all" ? null : role,
        }),
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    // Nothing tells what others do with accounts.
    staleTime: 0,
    gcTime: 60_000,
  });

async function changing(request: Promise<unknown>): Promise<void> {
  await request;
  await queryClient.invalidateQueries({ queryKey: KEY });
}

export type GrantableRole = Exclude<Role, "user">;

export const grantRole = (userId: number, role: GrantableRole) => changing(api.put(`/user/${userId}/roles/${role}`));
export const withdrawRole = (userId: number, role: GrantableRole) =>
  changing(api.delete(`/user/${userId}/roles/${role}`));
export const suspend = (userId: number, suspension: Suspend) =>
  changing(api.put(`/user/${userId}/suspension`, suspension));
export const liftSuspension = (userId: number) => changing(api.delete(`/user/${userId}/suspension`));

/** Orders a broadcast; the same one again (by its `clientId`) only tells how far it has come. */
export const sendBroadcast = (broadcast: SendBroadcast) => api.post<Broadcast>("/notifications/broadcast", broadcast);
