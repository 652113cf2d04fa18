import { Link } from "react-router";
import type { Presence, PublicUser } from "@/api/types";
import { PresenceAvatar } from "./PresenceAvatar";
import { presenceText } from "./presenceText";

interface PersonLineProps {
  person: PublicUser;
  presence?: Presence | undefined;
  /** Stands under the name; else the username and whether they are there. */
  detail?: string;
}

/** A person in a list, with the way to their page. */
export function PersonLine({ person, presence, detail }: PersonLineProps) {
  const text = presenceText(presence);
  return (
    <Link
      to={`/people/${person.userId}`}
      className="flex min-w-0 flex-1 items-center gap-3 rounded-lg px-2 py-2 hover:bg-hover focus-visible:-outline-offset-2"
    >
      <PresenceAvatar
        name={person.displayName}
        url={person.avatarUrl}
        seed={person.userId}
        isOnline={presence?.online === true}
      />
      <span className="flex min-w-0 flex-1 flex-col">
        <span className="truncate text-sm font-medium">{person.displayName}</span>
        <span className="truncate text-xs text-muted">
          {detail ?? `@${person.username}${text === null ? "" : ` · ${text}`}`}
        </span>
      </span>
    </Link>
  );
}
