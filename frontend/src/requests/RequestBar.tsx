import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Conversation, Member } from "@/api/types";
import { acceptRequest, declineRequest } from "@/conversations/actions";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { BlockDialog } from "@/people/BlockDialog";
import { Button } from "@/ui/Button";
import { ErrorNote } from "@/ui/Notice";

/** What stands in place of the composer while somebody waits for an answer. */
export function RequestBar({ conversation, other }: { conversation: Conversation; other: Member }) {
  const { id } = conversation;
  const navigate = useNavigate();
  const [isBlocking, setIsBlocking] = useState(false);
  const accept = useMutation({ mutationFn: () => acceptRequest(id) });
  const decline = useMutation({ mutationFn: () => declineRequest(id), onSuccess: () => void navigate("/") });
  const error = accept.error ?? decline.error;
  const isBusy = accept.isPending || decline.isPending;
  return (
    <section
      aria-label={t("requests.title")}
      className="shrink-0 border-t border-line bg-surface px-4 pt-4 pb-[max(1rem,env(safe-area-inset-bottom))]"
    >
      <div className="mx-auto flex max-w-xl flex-col items-center gap-3 text-center">
        <p className="font-medium">{t("requests.question", { name: other.displayName })}</p>
        <p className="text-sm text-muted">{t("requests.explained")}</p>
        {error !== null && <ErrorNote>{describeError(error)}</ErrorNote>}
        <div className="flex flex-wrap justify-center gap-2">
          <Button variant="dangerQuiet" disabled={isBusy} onClick={() => setIsBlocking(true)}>
            {t("people.block")}
          </Button>
          <Button variant="outline" busy={decline.isPending} disabled={isBusy} onClick={() => decline.mutate()}>
            {t("requests.decline")}
          </Button>
          <Button busy={accept.isPending} disabled={isBusy} onClick={() => accept.mutate()}>
            {t("requests.accept")}
          </Button>
        </div>
      </div>
      {isBlocking && (
        <BlockDialog
          userId={other.userId}
          name={other.displayName}
          onClose={() => setIsBlocking(false)}
          onBlocked={() => decline.mutate()}
        />
      )}
    </section>
  );
}
