import { t } from "@/locales";
import { Badge } from "@/ui/Badge";
import { SECTIONS, type Section } from "./cache";

interface SectionsProps {
  section: Section;
  /** How many people wait for an answer. */
  requests: number;
  onChange: (section: Section) => void;
}

/** Chooses a part of the list. */
export function Sections({ section, requests, onChange }: SectionsProps) {
  return (
    <div role="group" aria-label={t("conversations.sections")} className="flex gap-1 overflow-x-auto px-3 pt-0.5 pb-2">
      {SECTIONS.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === section}
          onClick={() => onChange(name)}
          className="inline-flex min-h-8 shrink-0 items-center gap-1.5 rounded-full px-3 text-sm text-muted hover:bg-hover focus-visible:-outline-offset-2 aria-pressed:bg-selected aria-pressed:font-medium aria-pressed:text-ink"
        >
          {t(`conversations.section.${name}`)}
          {name === "requests" && requests > 0 && (
            <>
              <Badge count={requests} />
              <span className="sr-only">{t("conversations.requestCount", { count: requests })}</span>
            </>
          )}
        </button>
      ))}
    </div>
  );
}
