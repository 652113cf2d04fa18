import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useLocation } from "react-router";
import { dropStretch, fetchAround } from "./queries";

/** A place of the history that is to be shown: a message, or where the unread ones begin. */
export interface Visit {
  readonly what: "message" | "unread";
  readonly seq: number;
}

export interface Visits {
  /** The last one, when what is around it is there. */
  visit: Visit | null;
  /** Whether the history is to open there, and not at its end first. */
  isOpening: boolean;
  pending: Visit | null;
  error: Error | null;
  go: (visit: Visit) => void;
  retry: () => void;
}

/** The path of a message: its conversation, opened there. `aside` names what stays open beside it. */
export function messagePath(conversationId: string, seq: number, aside = ""): string {
  return `/c/${encodeURIComponent(conversationId)}${aside}?at=${seq}`;
}

/** Leads to places of the history, first of all to the one that the address names. */
export function useVisits(conversationId: string): Visits {
  const { search, key } = useLocation();
  const at = placeIn(search);
  const [startsElsewhere] = useState(at !== null);
  const [visit, setVisit] = useState<Visit | null>(null);
  const { mutate, isPending, isIdle, variables, error } = useMutation({
    mutationFn: ({ seq }: Visit) => fetchAround(conversationId, seq),
    onSuccess: (seq, { what }) => {
      if (seq !== null) setVisit({ what, seq });
    },
  });

  // The same message may be chosen again: each choice is a location of its own.
  useEffect(() => {
    if (at !== null) mutate({ what: "message", seq: at });
  }, [at, key, mutate]);
  useEffect(() => () => dropStretch(conversationId), [conversationId]);

  return {
    visit,
    isOpening: startsElsewhere && visit === null && (isIdle || isPending),
    pending: isPending ? variables : null,
    error,
    go: mutate,
    retry: () => variables !== undefined && mutate(variables),
  };
}

/** The place that an address names. */
function placeIn(search: string): number | null {
  const at = Number(new URLSearchParams(search).get("at"));
  return Number.isSafeInteger(at) && at > 0 ? at : null;
}
