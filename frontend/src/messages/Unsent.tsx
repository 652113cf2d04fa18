import { Clock } from "lucide-react";
import { useMemo } from "react";
import { attachmentsText } from "@/files/describe";
import { t } from "@/locales";
import { Failed, OutgoingActions } from "./OutgoingRow";
import { sentBy, type Outgoing } from "./outbox";
import { useOutbox } from "./outboxStore";

/** What of a conversation is not sent yet. */
export function useUnsent(conversationId: string): readonly Outgoing[] {
  const entries = useOutbox((outbox) => outbox.entries);
  return useMemo(() => entries.filter((entry) => entry.conversationId === conversationId), [entries, conversationId]);
}

/** What was written into a conversation that is gone: nothing else shows it any more. */
export function Unsent({ entries }: { entries: readonly Outgoing[] }) {
  return (
    <section aria-labelledby="unsent-title" className="mx-auto mb-6 flex w-full max-w-md flex-col gap-3 px-4">
      <h2 id="unsent-title" className="text-sm font-medium">
        {t("messages.unsent", { count: entries.length })}
      </h2>
      <ul className="flex flex-col gap-2">
        {entries.map((outgoing) => (
          <li key={outgoing.clientId} className="rounded-xl border border-line bg-surface px-3.5 py-2.5">
            <p dir="auto" className="text-[0.9375rem] [overflow-wrap:anywhere] whitespace-pre-wrap">
              {outgoing.content === "" ? attachmentsText(sentBy(outgoing)) : outgoing.content}
            </p>
            {outgoing.state === "failed" ? (
              <Failed outgoing={outgoing} canRetry={false} />
            ) : (
              <p className="mt-1 flex items-center justify-end gap-2 px-1 text-xs text-muted">
                <Clock aria-hidden className="size-3" />
                <OutgoingActions outgoing={outgoing} />
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
