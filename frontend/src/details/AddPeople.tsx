import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Conversation, PublicUser } from "@/api/types";
import { addMembers } from "@/conversations/actions";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { ChosenPeople, toggled } from "@/people/ChosenPeople";
import { PeopleSearch } from "@/people/PeopleSearch";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/Notice";

/** Chooses people to put into a group. */
export function AddPeople({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const [people, setPeople] = useState<PublicUser[]>([]);
  const members = new Set(conversation.members.map(({ userId }) => userId));
  const add = useMutation({
    mutationFn: () =>
      addMembers(
        conversation.id,
        people.map(({ userId }) => userId),
      ),
    onSuccess: onClose,
  });
  const toggle = (person: PublicUser) => setPeople((chosen) => toggled(chosen, person));
  return (
    <Dialog title={t("details.add")} closeLabel={t("app.close")} onClose={onClose}>
      <div className="flex flex-col gap-3 px-5 pb-3 empty:hidden">
        {add.error !== null && <ErrorNote>{describeError(add.error)}</ErrorNote>}
        <ChosenPeople people={people} onRemove={toggle} />
      </div>
      <PeopleSearch chosen={people} onPick={toggle} without={members} />
      <footer className="border-t border-line p-3">
        <Button className="w-full" disabled={people.length === 0} busy={add.isPending} onClick={() => add.mutate()}>
          {people.length === 0 ? t("details.add") : t("details.addSubmit", { count: people.length })}
        </Button>
      </footer>
    </Dialog>
  );
}
