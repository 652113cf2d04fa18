import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { SendBroadcast } from "@/api/types";
import { announce } from "@/lib/announce";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { DoneNote } from "@/ui/Notice";
import { RetryNote } from "@/ui/RetryNote";
import { sendBroadcast } from "./queries";

/** From one look at how far it has come to the next. */
const LOOK_MS = 2_000;

/** How far a broadcast has come. Asking for the same one again tells it, and sends nothing twice. */
export function BroadcastProgress({ broadcast }: { broadcast: SendBroadcast }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["broadcast", broadcast.clientId],
    queryFn: () => sendBroadcast(broadcast),
    refetchInterval: ({ state }) => (state.data?.done === true || state.error !== null ? false : LOOK_MS),
    gcTime: 0,
  });
  const isDone = data?.done === true;
  const count = data?.sent ?? 0;
  const text = isDone ? t("broadcast.done", { count }) : t("broadcast.under", { count });
  useEffect(() => {
    if (isDone) announce(text);
  }, [isDone, text]);
  if (error !== null) return <RetryNote text={describeError(error)} onRetry={() => void refetch()} />;
  return <DoneNote>{text}</DoneNote>;
}
