import { UserPlus } from "lucide-react";
import { useMemo, useState } from "react";
import type { Conversation } from "@/api/types";
import { useMe } from "@/auth/me";
import { fold } from "@/lib/fold";
import { t } from "@/locales";
import { usePresence } from "@/people/presence";
import { Button } from "@/ui/Button";
import { INPUT } from "@/ui/Field";
import { Card, Section } from "@/ui/Panel";
import { AddPeople } from "./AddPeople";
import { MemberItem } from "./MemberItem";

/** With more members than this there is a field to find one. */
const MANY = 12;
/** How many are shown at first, and more with each press. */
const PAGE = 100;
const RANK = { owner: 0, moderator: 1, member: 2 } as const;

/** Who is in a group: its owner, its moderators, then the others, the longest-serving first. */
export function Members({ conversation }: { conversation: Conversation }) {
  const { userId } = useMe();
  const [text, setText] = useState("");
  const [isAdding, setIsAdding] = useState(false);
  const { members, me } = conversation;
  const [most, setMost] = useState(PAGE);
  const fitting = useMemo(() => {
    const wanted = fold(text.trim());
    return members
      .filter(({ displayName, username }) => fold(`${displayName} ${username}`).includes(wanted))
      .toSorted((a, b) => RANK[a.role] - RANK[b.role]);
  }, [members, text]);
  const shown = useMemo(() => fitting.slice(0, most), [fitting, most]);
  const presence = usePresence(useMemo(() => shown.map((member) => member.userId), [shown]));

  return (
    <Section
      title={t("details.members")}
      action={
        me.role !== "member" && (
          <Button variant="quiet" size="small" onClick={() => setIsAdding(true)}>
            <UserPlus aria-hidden className="size-4" />
            {t("details.add")}
          </Button>
        )
      }
    >
      {members.length > MANY && (
        <input
          type="search"
          aria-label={t("details.findMember")}
          placeholder={t("details.findMember")}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className={INPUT}
        />
      )}
      <Card>
        <ul aria-label={t("details.members")} className="p-1">
          {shown.map((member) => (
            <MemberItem
              key={member.userId}
              conversation={conversation}
              member={member}
              isMe={member.userId === userId}
              presence={presence.get(member.userId)}
            />
          ))}
        </ul>
        {fitting.length > most && (
          <Button variant="quiet" onClick={() => setMost(most + PAGE)} className="mb-1 w-full">
            {t("details.moreMembers", { count: fitting.length - most })}
          </Button>
        )}
      </Card>
      {isAdding && <AddPeople conversation={conversation} onClose={() => setIsAdding(false)} />}
    </Section>
  );
}
