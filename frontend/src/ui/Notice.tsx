import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  hint?: string;
  children?: ReactNode;
}

/** What stands where there is nothing to show. */
export function EmptyState({ icon: Icon, title, hint, children }: EmptyStateProps) {
  return (
    <div className="m-auto flex max-w-xs flex-col items-center gap-2 p-6 text-center">
      <span className="mb-2 rounded-2xl bg-hover p-4 text-muted">
        <Icon aria-hidden className="size-7" strokeWidth={1.5} />
      </span>
      <p className="font-medium">{title}</p>
      {hint !== undefined && <p className="text-sm text-muted">{hint}</p>}
      {children !== undefined && <div className="mt-3">{children}</div>}
    </div>
  );
}

/** What went wrong, said at once to those who do not see it. */
export function ErrorNote({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="rounded-lg bg-danger-soft px-3 py-2.5 text-sm text-danger">
      {children}
    </p>
  );
}

/** What went well. Say it by `announce` as well. */
export function DoneNote({ children }: { children: ReactNode }) {
  return <p className="rounded-lg bg-selected px-3 py-2.5 text-sm">{children}</p>;
}
