import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { fetchOlder } from "./queries";
import type { Timeline } from "./timeline";

/** What lies before the first message held. */
export interface Older {
  state: "beginning" | "more" | "loading" | "failed";
  error: Error | null;
  retry: () => void;
}

/** Fetches the page before the first message when the top comes near (`isNear`). */
export function useOlder(conversationId: string, before: Timeline["before"], isNear: boolean): Older {
  const { mutate, isPending, error } = useMutation({ mutationFn: () => fetchOlder(conversationId) });
  const isWanted = isNear && before !== null && !isPending && error === null;

  // Each page moves `before`, so a further one is asked for when the top is still near.
  useEffect(() => {
    if (isWanted) mutate();
  }, [isWanted, before, mutate]);

  const state = before === null ? "beginning" : isPending ? "loading" : error !== null ? "failed" : "more";
  return { state, error, retry: mutate };
}
