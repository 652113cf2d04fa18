import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { fetchNewer } from "./queries";
import type { Timeline } from "./timeline";

/** What lies after a stretch of the history. */
export interface Newer {
  error: Error | null;
  retry: () => void;
}

/** Fetches the page after the stretch that is read, if one is, when its end comes near (`isNear`). */
export function useNewer(conversationId: string, stretch: Timeline | undefined, isNear: boolean): Newer {
  const { mutate, isPending, error } = useMutation({ mutationFn: () => fetchNewer(conversationId) });
  const upTo = stretch?.upTo;
  const isWanted = isNear && upTo !== undefined && !isPending && error === null;
  useEffect(() => {
    if (isWanted) mutate();
  }, [isWanted, upTo, mutate]);
  return { error: upTo === undefined ? null : error, retry: mutate };
}
