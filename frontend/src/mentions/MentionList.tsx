import { AtSign } from "lucide-react";
import { useEffect, useRef } from "react";
import { t } from "@/locales";
import { Avatar } from "@/ui/Avatar";
import type { Candidate } from "./candidates";

interface MentionListProps {
  id: string;
  candidates: readonly Candidate[];
  active: Candidate | undefined;
  onPick: (candidate: Candidate) => void;
}

export const optionId = (listId: string, { name }: Candidate): string => `${listId}-${name}`;

/** Whom the name that is being written may mean; the focus stays in the field below, which tells which one is active. */
export function MentionList({ id, candidates, active, onPick }: MentionListProps) {
  return (
    <div
      role="listbox"
      id={id}
      aria-label={t("mentions.title")}
      className="absolute bottom-full left-0 z-10 mb-3 max-h-72 w-[min(20rem,100%)] animate-appear overflow-y-auto rounded-xl border border-line bg-raised p-1.5 shadow-float"
    >
      {candidates.map((candidate) => (
        <Option
          key={candidate.name}
          id={optionId(id, candidate)}
          candidate={candidate}
          isActive={candidate === active}
          onPick={onPick}
        />
      ))}
    </div>
  );
}

interface OptionProps {
  id: string;
  candidate: Candidate;
  isActive: boolean;
  onPick: (candidate: Candidate) => void;
}

function Option({ id, candidate, isActive, onPick }: OptionProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isActive) element.current?.scrollIntoView({ block: "nearest" });
  }, [isActive]);
  const { name, member } = candidate;
  return (
    <div
      ref={element}
      id={id}
      role="option"
      aria-selected={isActive}
      // The field keeps the focus, and with it a phone's keyboard.
      onPointerDown={(event) => event.preventDefault()}
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => onPick(candidate)}
      className="flex min-h-11 cursor-pointer items-center gap-2.5 rounded-lg px-2 py-1 text-sm hover:bg-hover aria-selected:bg-selected"
    >
      {member === null ? (
        <span className="inline-flex size-8 shrink-0 items-center justify-center rounded-full bg-hover text-accent-ink">
          <AtSign aria-hidden className="size-4" />
        </span>
      ) : (
        <Avatar name={member.displayName} url={member.avatarUrl} seed={member.userId} size="small" />
      )}
      <span className="flex min-w-0 flex-1 flex-col">
        <span className="truncate font-medium">{member?.displayName ?? t("mentions.all")}</span>
        <span className="truncate text-xs text-muted">@{name}</span>
      </span>
    </div>
  );
}
