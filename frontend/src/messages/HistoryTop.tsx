import { t, type MessageKey } from "@/locales";
import { describeError } from "@/locales/errors";
import { RetryNote } from "@/ui/RetryNote";
import { Spinner } from "@/ui/Spinner";
import type { Older } from "./useOlder";

/** The room above the first message, in pixels. */
export const TOP_HEIGHT = 52;

/** What stands there: that older messages are coming, or that this is the beginning. */
export function HistoryTop({ older, isEmpty }: { older: Older; isEmpty: boolean }) {
  return (
    <div className="absolute inset-x-0 top-0">
      {older.state === "beginning" && (
        <p className="px-4 pt-6 text-center text-xs text-muted">
          {t(isEmpty ? "messages.empty" : "messages.beginning")}
        </p>
      )}
      {older.state === "loading" && <Spinner label={t("messages.loadingOlder")} />}
    </div>
  );
}

interface PartFailedProps {
  what: MessageKey;
  error: Error | null;
  retry: () => void;
}

/** That a part of the history could not be fetched. Lies over the messages, so that they stay where they are. */
export function PartFailed({ what, error, retry }: PartFailedProps) {
  return (
    <div className="absolute inset-x-3 top-3 mx-auto max-w-sm animate-appear rounded-xl border border-line bg-raised shadow-float">
      <RetryNote text={t(what)} detail={describeError(error)} onRetry={retry} />
    </div>
  );
}
