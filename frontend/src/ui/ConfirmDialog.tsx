import type { ReactNode } from "react";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { ErrorNote } from "./Notice";

interface ConfirmDialogProps {
  title: string;
  text: string;
  confirm: string;
  busy?: boolean;
  error?: Error | null;
  onConfirm: () => void;
  onClose: () => void;
  /** What is to be entered first. */
  children?: ReactNode;
}

/** Asks before something is done that cannot be undone. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, text, confirm, busy = false, error = null, onConfirm, onClose, children } = props;
  return (
    <Dialog title={title} closeLabel={t("app.close")} onClose={onClose} size="fit">
      <form
        noValidate
        className="flex min-h-0 flex-col"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) onConfirm();
        }}
      >
        <div className="flex flex-col gap-3 overflow-y-auto px-5 pb-5 text-sm">
          <p className="[overflow-wrap:anywhere]">{text}</p>
          {children}
          {error !== null && <ErrorNote>{describeError(error)}</ErrorNote>}
        </div>
        <footer className="flex flex-wrap justify-end gap-2 border-t border-line p-3">
          <Button variant="quiet" onClick={onClose} data-focus>
            {t("app.cancel")}
          </Button>
          <Button type="submit" variant="danger" busy={busy}>
            {confirm}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
