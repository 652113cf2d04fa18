import { X } from "lucide-react";
import type { PublicUser } from "@/api/types";
import { t } from "@/locales";

/** With a person, or without them if they were there. */
export function toggled(people: readonly PublicUser[], person: PublicUser): PublicUser[] {
  const others = people.filter(({ userId }) => userId !== person.userId);
  return others.length < people.length ? others : [...people, person];
}

interface ChosenPeopleProps {
  people: readonly PublicUser[];
  onRemove: (person: PublicUser) => void;
}

/** People who were chosen, each with a way back. */
export function ChosenPeople({ people, onRemove }: ChosenPeopleProps) {
  if (people.length === 0) return null;
  return (
    <ul aria-label={t("create.chosen")} className="flex max-h-24 flex-wrap gap-1.5 overflow-y-auto">
      {people.map((person) => (
        <li key={person.userId}>
          <button
            type="button"
            aria-label={t("create.removePerson", { name: person.displayName })}
            onClick={() => onRemove(person)}
            className="inline-flex min-h-8 items-center gap-1.5 rounded-full bg-selected px-3 text-sm"
          >
            <span className="max-w-40 truncate">{person.displayName}</span>
            <X aria-hidden className="size-3.5 text-muted" />
          </button>
        </li>
      ))}
    </ul>
  );
}
