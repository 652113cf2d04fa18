import { t } from "@/locales";
import { Button } from "./Button";

/** What could not be loaded, with a way to try again. */
export function RetryNote({ text, detail, onRetry }: { text: string; detail?: string; onRetry: () => void }) {
  return (
    <div role="alert" className="flex flex-col items-center gap-3 p-6 text-center text-sm">
      <div className="flex flex-col gap-1">
        <p>{text}</p>
        {detail !== undefined && <p className="text-muted">{detail}</p>}
      </div>
      <Button variant="outline" onClick={onRetry}>
        {t("app.retry")}
      </Button>
    </div>
  );
}
