import type { ReactNode } from "react";

/** The bar at the foot of a conversation. */
export function ComposerBar({ onSubmit, children }: { onSubmit: () => void; children: ReactNode }) {
  return (
    <form
      className="shrink-0 border-t border-line bg-surface px-3 pt-2.5 pb-[max(0.625rem,env(safe-area-inset-bottom))] md:px-6"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}
