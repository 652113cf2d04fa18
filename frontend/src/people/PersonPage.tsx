import { useMutation, useQuery } from "@tanstack/react-query";
import { UserX } from "lucide-react";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { Page } from "@/app/Page";
import { useMe } from "@/auth/me";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { Button } from "@/ui/Button";
import { EmptyState, ErrorNote } from "@/ui/Notice";
import { BlockDialog } from "./BlockDialog";
import { MessageButton } from "./MessageButton";
import { ProfileCard } from "./ProfileCard";
import { profileQuery, setBlocked } from "./queries";

/** Somebody's page, with what can be done about them. */
export function PersonPage() {
  const userId = Number(useParams()["userId"]);
  if (Number.isSafeInteger(userId) && userId > 0) return <Person userId={userId} />;
  return (
    <Page title={t("people.profile")}>
      <EmptyState icon={UserX} title={t("app.notFound")} />
    </Page>
  );
}

function Person({ userId }: { userId: number }) {
  const me = useMe();
  const { data: profile } = useQuery(profileQuery(userId));
  const [isBlocking, setIsBlocking] = useState(false);
  const unblock = useMutation({ mutationFn: () => setBlocked(userId, false) });
  return (
    <Page title={t("people.profile")}>
      <ProfileCard userId={userId} />
      {unblock.error !== null && <ErrorNote>{describeError(unblock.error)}</ErrorNote>}
      {profile !== undefined && userId !== me.userId && (
        <div className="flex flex-wrap items-center justify-center gap-2">
          <MessageButton userId={userId} name={profile.displayName} />
          {profile.blocked ? (
            <Button variant="outline" busy={unblock.isPending} onClick={() => unblock.mutate()}>
              {t("people.unblock")}
            </Button>
          ) : (
            <Button variant="dangerQuiet" onClick={() => setIsBlocking(true)}>
              {t("people.block")}
            </Button>
          )}
        </div>
      )}
      {userId === me.userId && (
        <Link
          to="/settings/profile"
          className="self-center text-sm font-medium text-accent-ink underline-offset-4 hover:underline"
        >
          {t("settings.profile")}
        </Link>
      )}
      {isBlocking && profile !== undefined && (
        <BlockDialog userId={userId} name={profile.displayName} onClose={() => setIsBlocking(false)} />
      )}
    </Page>
  );
}
