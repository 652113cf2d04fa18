import { useState } from "react";
import type { PublicUser, Role, SendBroadcast } from "@/api/types";
import { newClientId } from "@/lib/clientId";
import { t } from "@/locales";
import { ChosenPeople, toggled } from "@/people/ChosenPeople";
import { PeopleSearch } from "@/people/PeopleSearch";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Card } from "@/ui/Panel";
import { Select } from "@/ui/Select";
import { TextArea } from "@/ui/TextArea";
import { BroadcastDialog } from "./BroadcastDialog";
import { BroadcastProgress } from "./BroadcastProgress";

const AUDIENCES = ["everybody", "moderator", "admin", "chosen"] as const;
type Audience = (typeof AUDIENCES)[number];

/** A word to everybody, or to some. */
export function BroadcastPage() {
  const [title, setTitle] = useState("");
  const [content, setContent] = useState("");
  const [audience, setAudience] = useState<Audience>("everybody");
  const [people, setPeople] = useState<readonly PublicUser[]>([]);
  const [isChecked, setIsChecked] = useState(false);
  /** What is about to be sent, and what was. */
  const [asked, setAsked] = useState<SendBroadcast | null>(null);
  const [sent, setSent] = useState<SendBroadcast | null>(null);
  const lacks = { title: title.trim() === "", content: content.trim() === "" };
  const lacksPeople = audience === "chosen" && people.length === 0;

  const ask = () => {
    setIsChecked(true);
    if (lacks.title || lacks.content || lacksPeople) return;
    const roles: Role[] = audience === "moderator" || audience === "admin" ? [audience] : [];
    const userIds = audience === "chosen" ? people.map(({ userId }) => userId) : [];
    // Its name makes asking again safe: the same one is sent once.
    setAsked({ title: title.trim(), content: content.trim(), roles, userIds, clientId: newClientId() });
  };
  const done = (broadcast: SendBroadcast) => {
    setAsked(null);
    setSent(broadcast);
    setTitle("");
    setContent("");
    setPeople([]);
    setIsChecked(false);
  };

  return (
    <>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          ask();
        }}
      >
        <p className="text-sm text-muted">{t("broadcast.hint")}</p>
        <Field
          label={t("broadcast.heading")}
          value={title}
          maxLength={100}
          autoComplete="off"
          error={isChecked && lacks.title ? t("auth.check.required") : undefined}
          onChange={(event) => setTitle(event.target.value)}
        />
        <TextArea
          label={t("broadcast.text")}
          value={content}
          rows={5}
          maxLength={2_000}
          error={isChecked && lacks.content ? t("auth.check.required") : undefined}
          onChange={(event) => setContent(event.target.value)}
        />
        <Select
          label={t("broadcast.audience")}
          value={audience}
          options={AUDIENCES.map((value) => ({ value, label: t(`broadcast.to.${value}`) }))}
          onChange={setAudience}
          isField
        />
        {audience === "chosen" && (
          <div className="flex flex-col gap-2">
            <ChosenPeople people={people} onRemove={(person) => setPeople(toggled(people, person))} />
            <Card>
              <div className="flex h-64 flex-col pt-4">
                <PeopleSearch chosen={people} onPick={(person) => setPeople(toggled(people, person))} />
              </div>
            </Card>
            {isChecked && lacksPeople && (
              <p role="alert" className="text-xs text-danger">
                {t("create.needsPeople")}
              </p>
            )}
          </div>
        )}
        <Button type="submit" className="self-end">
          {t("broadcast.send")}
        </Button>
      </form>
      {sent !== null && <BroadcastProgress key={sent.clientId} broadcast={sent} />}
      {asked !== null && <BroadcastDialog broadcast={asked} onDone={done} onClose={() => setAsked(null)} />}
    </>
  );
}
