import { useId, type ReactNode } from "react";
import { BackToChats } from "./BackToChats";
import { usePageTitle } from "./title";

interface PageProps {
  title: string;
  /** Stands at the end of the header. */
  action?: ReactNode;
  /** Stands under the header and does not scroll. */
  bar?: ReactNode;
  width?: "narrow" | "wide";
  children: ReactNode;
}

/** A page that is no conversation. */
export function Page({ title, action, bar, width = "narrow", children }: PageProps) {
  const titleId = useId();
  usePageTitle(title);
  return (
    <section aria-labelledby={titleId} className="flex min-h-0 flex-1 flex-col bg-canvas">
      <header className="flex h-16 shrink-0 items-center gap-3 border-b border-line bg-surface px-3 md:px-5">
        <BackToChats />
        <h2 id={titleId} className="mr-auto truncate font-semibold">
          {title}
        </h2>
        {action}
      </header>
      {bar}
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className={`mx-auto flex w-full flex-col gap-6 px-4 py-6 ${width === "wide" ? "max-w-3xl" : "max-w-lg"}`}>
          {children}
        </div>
      </div>
    </section>
  );
}
