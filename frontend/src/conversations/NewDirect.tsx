import { useMutation } from "@tanstack/react-query";
import { Users } from "lucide-react";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { PeopleSearch } from "@/people/PeopleSearch";
import { Button } from "@/ui/Button";
import { ErrorNote } from "@/ui/Notice";
import { createConversation } from "./queries";

interface NewDirectProps {
  onCreated: (conversationId: string) => void;
  onGroup: () => void;
}

/** Finds a person and opens the conversation with them, new or not. */
export function NewDirect({ onCreated, onGroup }: NewDirectProps) {
  const creation = useMutation({
    mutationFn: (userId: number) => createConversation({ type: "direct", participantIds: [userId] }),
    onSuccess: ({ id }) => onCreated(id),
  });

  return (
    <>
      {creation.error !== null && (
        <div className="px-5 pb-3">
          <ErrorNote>{describeError(creation.error)}</ErrorNote>
        </div>
      )}
      <PeopleSearch isBusy={creation.isPending} onPick={(person) => creation.mutate(person.userId)} />
      <footer className="border-t border-line p-3">
        <Button variant="quiet" onClick={onGroup} className="w-full">
          <Users aria-hidden className="size-4" />
          {t("create.groupInstead")}
        </Button>
      </footer>
    </>
  );
}
