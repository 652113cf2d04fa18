import type { Presence } from "@/api/types";
import { t } from "@/locales";
import { shortTime } from "@/locales/dates";

/** Whether somebody is there, for people; null when it is not known. */
export function presenceText(presence: Presence | undefined): string | null {
  if (presence === undefined) return null;
  if (presence.online) return t("people.online");
  return presence.since === null ? null : t("people.lastSeen", { time: shortTime(presence.since) });
}
