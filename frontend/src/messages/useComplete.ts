import { useEffect } from "react";
import { backoff } from "@/lib/time";
import { fillGap } from "./queries";
import type { Timeline } from "./timeline";

/** Events may overtake each other for a moment; a hole that stays longer is filled. */
const PATIENCE_MS = 600;

/** Keeps the timeline complete up to `lastSeq`, the last place known of its conversation. */
export function useComplete(conversationId: string, timeline: Timeline | undefined, lastSeq: number): void {
  const upTo = timeline?.upTo;
  const hasGap = upTo !== undefined && upTo < lastSeq;
  useEffect(() => {
    if (!hasGap) return;
    let timer: ReturnType<typeof setTimeout>;
    const plan = (ms: number, failures: number) => {
      timer = setTimeout(() => {
        fillGap(conversationId, lastSeq).catch(() => plan(backoff(failures, 1_000, 15_000), failures + 1));
      }, ms);
    };
    plan(PATIENCE_MS, 0);
    return () => clearTimeout(timer);
  }, [conversationId, hasGap, upTo, lastSeq]);
}
