import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

/** A part of a page with a heading. */
export function Section({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-1.5">
      <header className="flex min-h-8 items-center justify-between gap-2 px-1">
        <h3 className="text-sm font-semibold">{title}</h3>
        {action}
      </header>
      {children}
    </section>
  );
}

/** Lines that belong together. */
export function Card({ children }: { children: ReactNode }) {
  return <div className="overflow-hidden rounded-xl border border-line bg-surface">{children}</div>;
}

interface RowButtonProps {
  icon: LucideIcon;
  onClick?: () => void;
  disabled?: boolean;
  isDanger?: boolean;
  children: ReactNode;
}

/** A line that does something. Takes the props of a menu's trigger, too. */
export function RowButton({ icon: Icon, isDanger = false, children, ...rest }: RowButtonProps) {
  return (
    <button
      type="button"
      className={cx(
        "flex min-h-12 w-full items-center gap-3 border-line px-4 text-left text-sm not-first:border-t hover:bg-hover focus-visible:-outline-offset-2 disabled:opacity-60",
        isDanger && "text-danger",
      )}
      {...rest}
    >
      <Icon aria-hidden className={cx("size-4 shrink-0", !isDanger && "text-muted")} />
      <span className="min-w-0 flex-1">{children}</span>
    </button>
  );
}
