import { X } from "lucide-react";
import { useId, useLayoutEffect, useRef, type ReactNode } from "react";
import { cx } from "@/lib/cx";
import { Announcer } from "./Announcer";
import { IconButton } from "./IconButton";

const HEIGHTS = {
  tall: "h-[min(85dvh,40rem)] max-h-none sm:h-[min(75dvh,36rem)]",
  fit: "h-fit max-h-[85dvh]",
} as const;

interface DialogProps {
  title: string;
  closeLabel: string;
  onClose: () => void;
  /** `fit`: as high as its content. */
  size?: keyof typeof HEIGHTS;
  children: ReactNode;
}

/**
 * A modal dialog on the browser's own `<dialog>`, which brings the focus trap, Escape and the inert page, and needs no
 * inline style, unlike scroll locks made of scripts (the CSP forbids those). Mount it to open it.
 */
export function Dialog({ title, closeLabel, onClose, size = "tall", children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  // Before it leaves the page it must close, or the focus would not go back to where it was.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // The browser focuses the first control, which closes the dialog: rather begin where something is to be entered.
    element?.querySelector<HTMLElement>("input, textarea, [data-focus]")?.focus();
    return () => element?.close();
  }, []);

  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        // The dialog itself is hit only beside its content: on the backdrop.
        if (event.target === event.currentTarget) onClose();
      }}
      className={cx(
        "m-0 mt-auto w-full flex-col max-w-none overflow-hidden rounded-t-2xl border-line bg-raised text-ink shadow-float backdrop:bg-[rgb(0_0_0/0.4)] open:flex open:animate-appear sm:m-auto sm:w-[28rem] sm:rounded-2xl sm:border",
        HEIGHTS[size],
      )}
    >
      <div className="flex min-h-0 grow flex-col">
        <header className="flex items-center justify-between gap-2 py-3 pr-3 pl-5">
          <h2 id={titleId} className="text-base font-semibold">
            {title}
          </h2>
          <IconButton label={closeLabel} onClick={onClose}>
            <X aria-hidden />
          </IconButton>
        </header>
        {children}
      </div>
      <Announcer />
    </dialog>
  );
}
