import { useEffect, useRef } from "react";
import { NavLink, useLocation } from "react-router";

interface PageTabsProps {
  label: string;
  pages: readonly { path: string; title: string }[];
}

/** The way between pages that belong together. */
export function PageTabs({ label, pages }: PageTabsProps) {
  const { pathname } = useLocation();
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone there is no room for all of them.
    nav.current?.querySelector('[aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [pathname]);
  return (
    <nav
      ref={nav}
      aria-label={label}
      className="flex shrink-0 gap-1 overflow-x-auto border-b border-line bg-surface px-3 py-2 md:px-5"
    >
      {pages.map(({ path, title }) => (
        <NavLink
          key={path}
          to={path}
          end
          className="inline-flex min-h-8 shrink-0 items-center rounded-full px-3 text-sm text-muted hover:bg-hover focus-visible:-outline-offset-2 aria-[current=page]:bg-selected aria-[current=page]:font-medium aria-[current=page]:text-ink"
        >
          {title}
        </NavLink>
      ))}
    </nav>
  );
}
