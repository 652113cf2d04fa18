import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { RetryNote } from "@/ui/RetryNote";
import { Spinner } from "@/ui/Spinner";
import { fetchOlder } from "./queries";
import type { Timeline } from "./timeline";

/** The top of the history: fetches the page before it when it comes near, or says that this is the beginning. */
export function Older({ conversationId, timeline }: { conversationId: string; timeline: Timeline }) {
  const { before } = timeline;
  const mark = useRef<HTMLDivElement>(null);
  const { mutate, isPending, error } = useMutation({ mutationFn: () => fetchOlder(conversationId) });
  const isWanted = before !== null && !isPending && error === null;

  useEffect(() => {
    if (!isWanted || mark.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) mutate();
      },
      { root: mark.current.closest("[role=log]"), rootMargin: "400px 0px 0px" },
    );
    observer.observe(mark.current);
    return () => observer.disconnect();
  }, [isWanted, before, mutate]);

  if (before === null) {
    const text = timeline.items.length === 0 ? t("messages.empty") : t("messages.beginning");
    return <p className="px-4 pt-6 pb-3 text-center text-xs text-muted">{text}</p>;
  }
  return (
    <div ref={mark} className="min-h-12">
      {isPending && <Spinner label={t("messages.loadingOlder")} />}
      {error !== null && (
        <RetryNote text={t("messages.olderFailed")} detail={describeError(error)} onRetry={() => mutate()} />
      )}
    </div>
  );
}
