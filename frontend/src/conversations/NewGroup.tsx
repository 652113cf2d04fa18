import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError } from "@/api/errors";
import type { PublicUser } from "@/api/types";
import { newClientId } from "@/lib/clientId";
import { t } from "@/locales";
import { describeError, describeViolation } from "@/locales/errors";
import { ChosenPeople, toggled } from "@/people/ChosenPeople";
import { PeopleSearch } from "@/people/PeopleSearch";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { ErrorNote } from "@/ui/Notice";
import { createConversation } from "./queries";

interface NewGroupProps {
  onCreated: (conversationId: string) => void;
  onDirect: () => void;
}

/** Names a group, chooses its people, creates it. */
export function NewGroup({ onCreated, onDirect }: NewGroupProps) {
  const [name, setName] = useState("");
  const [people, setPeople] = useState<PublicUser[]>([]);
  const [problem, setProblem] = useState<{ name?: string; people?: string }>({});
  // The same for every attempt, so that a lost answer does not make a second group.
  const [clientId] = useState(newClientId);
  const creation = useMutation({
    mutationFn: () =>
      createConversation({
        type: "group",
        name: name.trim(),
        participantIds: people.map((person) => person.userId),
        clientId,
      }),
    onSuccess: ({ id }) => onCreated(id),
  });
  const error = creation.error === null ? null : asApiError(creation.error);
  const refused = error?.violations.find(({ field }) => field === "name");
  const nameError =
    problem.name ?? (error === null || refused === undefined ? undefined : describeViolation(error.code, refused));

  const toggle = (person: PublicUser) => {
    setProblem({});
    setPeople((chosen) => toggled(chosen, person));
  };
  const submit = () => {
    const found = {
      ...(name.trim() === "" && { name: t("create.needsName") }),
      ...(people.length === 0 && { people: t("create.needsPeople") }),
    };
    setProblem(found);
    if (Object.keys(found).length === 0) creation.mutate();
  };

  return (
    <form
      noValidate
      className="flex min-h-0 flex-1 flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="flex flex-col gap-3 px-5 pb-3">
        {error !== null && nameError === undefined && <ErrorNote>{describeError(error)}</ErrorNote>}
        <Field
          label={t("create.groupName")}
          value={name}
          maxLength={100}
          autoFocus
          error={nameError}
          onChange={(event) => {
            setName(event.target.value);
            setProblem({});
          }}
        />
        <ChosenPeople people={people} onRemove={toggle} />
        {problem.people !== undefined && (
          <p role="alert" className="text-xs text-danger">
            {problem.people}
          </p>
        )}
      </div>
      <PeopleSearch chosen={people} onPick={toggle} autoFocus={false} />
      <footer className="flex gap-2 border-t border-line p-3">
        <Button variant="quiet" onClick={onDirect} className="flex-1">
          {t("create.directInstead")}
        </Button>
        <Button type="submit" busy={creation.isPending} className="flex-1">
          {t("create.submit")}
        </Button>
      </footer>
    </form>
  );
}
