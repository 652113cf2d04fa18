import { useMutation } from "@tanstack/react-query";
import { Archive, ArchiveRestore, Bell, BellOff, Pin, PinOff } from "lucide-react";
import type { Conversation, UpdateSettings } from "@/api/types";
import { useMe } from "@/auth/me";
import { updateSettings } from "@/conversations/actions";
import { t } from "@/locales";
import { fullTime } from "@/locales/dates";
import { describeError } from "@/locales/errors";
import { Menu, MenuItem } from "@/ui/Menu";
import { ErrorNote } from "@/ui/Notice";
import { Card, RowButton, Section } from "@/ui/Panel";

const HOUR_MS = 3_600_000;
const TIMES = [
  ["details.mute.hour", HOUR_MS],
  ["details.mute.eight", 8 * HOUR_MS],
  ["details.mute.week", 7 * 24 * HOUR_MS],
] as const;

/** What each member sets for themselves. */
export function OwnSettings({ conversation }: { conversation: Conversation }) {
  const { userId } = useMe();
  const { muted, mutedUntil, pinned, hidden } = conversation.me;
  const { mutate, isPending, error } = useMutation({
    mutationFn: (change: UpdateSettings) => updateSettings(conversation.id, change, userId),
  });
  return (
    <Section title={t("details.settings")}>
      {error !== null && <ErrorNote>{describeError(error)}</ErrorNote>}
      <Card>
        {muted ? (
          <RowButton icon={Bell} disabled={isPending} onClick={() => mutate({ muted: false })}>
            {t("details.unmute")}
            {mutedUntil !== null && (
              <span className="block text-xs text-muted">
                {t("details.mutedUntil", { time: fullTime(mutedUntil) })}
              </span>
            )}
          </RowButton>
        ) : (
          <Menu
            trigger={
              <RowButton icon={BellOff} disabled={isPending}>
                {t("details.mute")}
              </RowButton>
            }
          >
            {TIMES.map(([key, ms]) => (
              <MenuItem
                key={key}
                onSelect={() => mutate({ muted: true, mutedUntil: new Date(Date.now() + ms).toISOString() })}
              >
                {t(key)}
              </MenuItem>
            ))}
            <MenuItem onSelect={() => mutate({ muted: true })}>{t("details.mute.forGood")}</MenuItem>
          </Menu>
        )}
        <RowButton icon={pinned ? PinOff : Pin} disabled={isPending} onClick={() => mutate({ pinned: !pinned })}>
          {t(pinned ? "details.unpin" : "details.pin")}
        </RowButton>
        <RowButton
          icon={hidden ? ArchiveRestore : Archive}
          disabled={isPending}
          onClick={() => mutate({ hidden: !hidden })}
        >
          {t(hidden ? "details.unarchive" : "details.archive")}
        </RowButton>
      </Card>
    </Section>
  );
}
