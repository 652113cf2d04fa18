import type { ComponentProps } from "react";
import { t } from "@/locales";
import { Avatar } from "@/ui/Avatar";

/** A person's picture, with a dot while they are there. */
export function PresenceAvatar({ isOnline, ...rest }: ComponentProps<typeof Avatar> & { isOnline: boolean }) {
  return (
    <span className="relative inline-flex shrink-0">
      <Avatar {...rest} />
      {isOnline && (
        <span
          role="img"
          aria-label={t("people.online")}
          className="absolute right-0 bottom-0 size-3 rounded-full border-2 border-surface bg-online"
        />
      )}
    </span>
  );
}
