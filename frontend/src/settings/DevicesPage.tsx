import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { Monitor, Smartphone } from "lucide-react";
import { api, withQuery } from "@/api/client";
import { queryClient } from "@/api/queryClient";
import type { DeviceSession, Page } from "@/api/types";
import { t } from "@/locales";
import { fullTime, shortTime } from "@/locales/dates";
import { describeError } from "@/locales/errors";
import { Button } from "@/ui/Button";
import { ErrorNote } from "@/ui/Notice";
import { Card } from "@/ui/Panel";
import { RetryNote } from "@/ui/RetryNote";
import { Spinner } from "@/ui/Spinner";
import { deviceName, isPhone } from "./device";

const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: async ({ signal }) => {
    const page = await api.get<Page<DeviceSession>>(withQuery("/auth/sessions", { limit: 100 }), signal);
    return page.items.toSorted((a, b) => Number(b.current) - Number(a.current));
  },
  // No event tells of other devices.
  staleTime: 0,
});

async function endSessions(sessions: readonly DeviceSession[]): Promise<void> {
  for (const { id } of sessions) await api.delete(`/auth/sessions/${encodeURIComponent(id)}`);
}

/** Where the user is signed in. */
export function DevicesPage() {
  const { data: sessions, error, refetch } = useQuery(sessionsQuery);
  const end = useMutation({
    mutationFn: endSessions,
    onSettled: () => queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
  if (sessions === undefined) {
    if (error === null) return <Spinner label={t("app.loading")} />;
    return <RetryNote text={describeError(error)} onRetry={() => void refetch()} />;
  }
  const others = sessions.filter(({ current }) => !current);
  return (
    <>
      <p className="text-sm text-muted">{t(others.length === 0 ? "devices.only" : "devices.hint")}</p>
      {end.error !== null && <ErrorNote>{describeError(end.error)}</ErrorNote>}
      <Card>
        <ul aria-label={t("settings.devices")}>
          {sessions.map((session) => (
            <Device key={session.id} session={session} isBusy={end.isPending} onEnd={() => end.mutate([session])} />
          ))}
        </ul>
      </Card>
      {others.length > 1 && (
        <Button variant="outline" busy={end.isPending} onClick={() => end.mutate(others)} className="self-start">
          {t("devices.endOthers")}
        </Button>
      )}
    </>
  );
}

interface DeviceProps {
  session: DeviceSession;
  isBusy: boolean;
  onEnd: () => void;
}

function Device({ session, isBusy, onEnd }: DeviceProps) {
  const { userAgent, address, createdAt, lastUsedAt, current } = session;
  const name = deviceName(userAgent);
  const Icon = isPhone(userAgent) ? Smartphone : Monitor;
  return (
    <li className="flex items-center gap-3 border-line px-4 py-3 text-sm not-first:border-t">
      <Icon aria-hidden className="size-5 shrink-0 text-muted" />
      <div className="flex min-w-0 flex-1 flex-col">
        <span className="truncate font-medium" title={userAgent}>
          {name}
        </span>
        <span className="text-xs text-muted">
          {current ? (
            <span className="text-accent-ink">{t("devices.this")}</span>
          ) : (
            <time dateTime={lastUsedAt} title={fullTime(lastUsedAt)}>
              {t("devices.used", { time: shortTime(lastUsedAt) })}
            </time>
          )}
          {" · "}
          <time dateTime={createdAt} title={fullTime(createdAt)}>
            {t("devices.since", { time: shortTime(createdAt) })}
          </time>{" "}
          {t("devices.from", { address })}
        </span>
      </div>
      {!current && (
        <Button
          variant="dangerQuiet"
          size="small"
          disabled={isBusy}
          aria-label={t("devices.endNamed", { name })}
          onClick={onEnd}
        >
          {t("devices.end")}
        </Button>
      )}
    </li>
  );
}
