import { useMutation, useQuery } from "@tanstack/react-query";
import { Ban } from "lucide-react";
import { t } from "@/locales";
import { dateOf } from "@/locales/dates";
import { describeError } from "@/locales/errors";
import { PersonLine } from "@/people/PersonLine";
import { blocksQuery, setBlocked } from "@/people/queries";
import { Button } from "@/ui/Button";
import { EmptyState, ErrorNote } from "@/ui/Notice";
import { Card } from "@/ui/Panel";
import { RetryNote } from "@/ui/RetryNote";
import { Spinner } from "@/ui/Spinner";

/** Whom the user has blocked. */
export function BlockedPage() {
  const { data: blocks, error, refetch } = useQuery(blocksQuery);
  const unblock = useMutation({ mutationFn: (userId: number) => setBlocked(userId, false) });
  if (blocks === undefined) {
    if (error === null) return <Spinner label={t("app.loading")} />;
    return <RetryNote text={describeError(error)} onRetry={() => void refetch()} />;
  }
  if (blocks.length === 0) return <EmptyState icon={Ban} title={t("blocked.none")} hint={t("blocked.noneHint")} />;
  return (
    <>
      {unblock.error !== null && <ErrorNote>{describeError(unblock.error)}</ErrorNote>}
      <Card>
        <ul aria-label={t("settings.blocked")} className="p-1">
          {blocks.map(({ user, blockedAt }) => (
            <li key={user.userId} className="flex items-center gap-2 pr-2">
              <PersonLine person={user} detail={t("blocked.since", { date: dateOf(blockedAt) })} />
              <Button
                variant="quiet"
                size="small"
                busy={unblock.isPending && unblock.variables === user.userId}
                aria-label={t("blocked.unblock", { name: user.displayName })}
                onClick={() => unblock.mutate(user.userId)}
              >
                {t("people.unblock")}
              </Button>
            </li>
          ))}
        </ul>
      </Card>
    </>
  );
}
