import { useQuery } from "@tanstack/react-query";
import { UserX } from "lucide-react";
import { useMemo } from "react";
import { asApiError } from "@/api/errors";
import { t } from "@/locales";
import { dateOf } from "@/locales/dates";
import { describeError } from "@/locales/errors";
import { EmptyState } from "@/ui/Notice";
import { RetryNote } from "@/ui/RetryNote";
import { Spinner } from "@/ui/Spinner";
import { usePresence } from "./presence";
import { PresenceAvatar } from "./PresenceAvatar";
import { presenceText } from "./presenceText";
import { profileQuery } from "./queries";

/** Who somebody is, as they tell it. */
export function ProfileCard({ userId }: { userId: number }) {
  const { data: profile, error, refetch } = useQuery(profileQuery(userId));
  const presence = usePresence(useMemo(() => [userId], [userId])).get(userId);
  if (profile === undefined) {
    if (error === null) return <Spinner label={t("app.loading")} />;
    // Trying again brings nobody.
    if (asApiError(error).code === "NOT_FOUND") return <EmptyState icon={UserX} title={describeError(error)} />;
    return <RetryNote text={describeError(error)} onRetry={() => void refetch()} />;
  }
  const text = presenceText(presence);
  return (
    <div className="flex flex-col items-center gap-1 text-center">
      <PresenceAvatar
        name={profile.displayName}
        url={profile.avatarUrl}
        seed={userId}
        size="huge"
        isOnline={presence?.online === true}
      />
      <p className="mt-2 text-lg font-semibold [overflow-wrap:anywhere]">{profile.displayName}</p>
      <p className="text-sm text-muted">@{profile.username}</p>
      {text !== null && <p className="text-sm text-muted">{text}</p>}
      {profile.bio !== null && (
        <p className="mt-2 max-w-sm text-sm [overflow-wrap:anywhere] whitespace-pre-wrap">{profile.bio}</p>
      )}
      <p className="mt-1 text-xs text-muted">{t("people.memberSince", { date: dateOf(profile.createdAt) })}</p>
    </div>
  );
}
