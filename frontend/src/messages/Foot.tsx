import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Conversation } from "@/api/types";
import { useMe } from "@/auth/me";
import { otherMember } from "@/conversations/describe";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { setBlocked, useIsBlocked } from "@/people/queries";
import { RequestBar } from "@/requests/RequestBar";
import { situationOf } from "@/requests/situation";
import { Button } from "@/ui/Button";
import { Composer } from "./Composer";
import { useOutbox } from "./outboxStore";

/** Where to write, or why not. */
export function Foot({ conversation, name }: { conversation: Conversation; name: string }) {
  const { userId } = useMe();
  const { id, type } = conversation;
  const queued = useOutbox(({ entries }) => entries.filter((entry) => entry.conversationId === id).length);
  const other = type === "direct" ? otherMember(conversation, userId) : undefined;
  const isBlocked = useIsBlocked(other?.userId);
  const situation = situationOf(conversation, userId, queued);

  if (conversation.endedAt !== null) return <Note>{t("conversations.ended")}</Note>;
  if (isBlocked && other !== undefined) return <Blocked userId={other.userId} name={name} />;
  if (situation.kind === "asked" && other !== undefined)
    return <RequestBar conversation={conversation} other={other} />;
  if (situation.kind === "turned-down") return <Note>{t("requests.turnedDown", { name })}</Note>;
  if (situation.kind === "asking" && situation.left === 0) return <Note>{t("requests.wait", { name })}</Note>;
  return (
    <>
      {situation.kind === "asking" && <Hint>{t("requests.left", { name, count: situation.left })}</Hint>}
      {situation.kind === "refused" && <Hint>{t("requests.refused", { name })}</Hint>}
      <Composer conversationId={id} name={name} />
    </>
  );
}

function Hint({ children }: { children: ReactNode }) {
  return (
    <p className="shrink-0 border-t border-line bg-notice-soft px-4 py-2 text-center text-xs text-notice-ink">
      {children}
    </p>
  );
}

function Note({ children }: { children: ReactNode }) {
  return (
    <div className="shrink-0 border-t border-line bg-surface px-4 pt-4 pb-[max(1rem,env(safe-area-inset-bottom))]">
      <div className="mx-auto flex max-w-xl flex-col items-center gap-2 text-center text-sm text-muted">{children}</div>
    </div>
  );
}

function Blocked({ userId, name }: { userId: number; name: string }) {
  const unblock = useMutation({ mutationFn: () => setBlocked(userId, false) });
  return (
    <Note>
      <p>{t("people.blockedHere", { name })}</p>
      {unblock.error !== null && (
        <p role="alert" className="text-danger">
          {describeError(unblock.error)}
        </p>
      )}
      <Button variant="outline" busy={unblock.isPending} onClick={() => unblock.mutate()}>
        {t("people.unblock")}
      </Button>
    </Note>
  );
}
