import { useEffect, useRef } from "react";
import { useMe } from "@/auth/me";
import { ConversationAvatar } from "@/conversations/ConversationAvatar";
import { nameOf, otherMember } from "@/conversations/describe";
import { t } from "@/locales";
import { Avatar } from "@/ui/Avatar";
import { Badge } from "@/ui/Badge";
import type { Choice } from "./useChoices";

interface ChoiceListProps {
  id: string;
  choices: readonly Choice[];
  activeId: string | undefined;
  onPick: (choice: Choice) => void;
}

/** The choices in their groups; the focus stays in the field above, which tells which one is active. */
export function ChoiceList({ id, choices, activeId, onPick }: ChoiceListProps) {
  const groups = [
    { title: t("switcher.conversations"), kind: "conversation" },
    { title: t("switcher.people"), kind: "person" },
  ] as const;
  return (
    <div role="listbox" id={id} aria-label={t("switcher.results")}>
      {groups.map(({ title, kind }) => {
        const members = choices.filter((choice) => choice.kind === kind);
        if (members.length === 0) return null;
        return (
          <div key={kind} role="group" aria-label={title}>
            <p aria-hidden className="px-2 pt-2 pb-1 text-xs font-medium text-muted">
              {title}
            </p>
            {members.map((choice) => (
              <Option
                key={choice.id}
                id={`${id}-${choice.id}`}
                choice={choice}
                isActive={choice.id === activeId}
                onPick={onPick}
              />
            ))}
          </div>
        );
      })}
    </div>
  );
}

interface OptionProps {
  id: string;
  choice: Choice;
  isActive: boolean;
  onPick: (choice: Choice) => void;
}

function Option({ id, choice, isActive, onPick }: OptionProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isActive) element.current?.scrollIntoView({ block: "nearest" });
  }, [isActive]);
  return (
    <div
      ref={element}
      id={id}
      role="option"
      aria-selected={isActive}
      onClick={() => onPick(choice)}
      className="flex min-h-12 cursor-pointer items-center gap-3 rounded-lg px-2 py-1.5 hover:bg-hover aria-selected:bg-selected"
    >
      <Description choice={choice} />
    </div>
  );
}

function Description({ choice }: { choice: Choice }) {
  const { userId } = useMe();
  if (choice.kind === "person") {
    const { person } = choice;
    return (
      <>
        <Avatar name={person.displayName} url={person.avatarUrl} seed={person.userId} />
        <Names name={person.displayName} detail={`@${person.username}`} />
      </>
    );
  }
  const { conversation } = choice;
  const username = otherMember(conversation, userId)?.username ?? "";
  const isGroup = conversation.type === "group";
  const detail = isGroup ? t("conversations.members", { count: conversation.memberCount }) : `@${username}`;
  const { unread } = conversation.me;
  return (
    <>
      <ConversationAvatar conversation={conversation} meId={userId} />
      <Names name={nameOf(conversation, userId)} detail={detail} />
      <Badge count={unread} />
      {unread > 0 && <span className="sr-only">{t("conversations.unread", { count: unread })}</span>}
    </>
  );
}

function Names({ name, detail }: { name: string; detail: string }) {
  return (
    <span className="flex min-w-0 flex-1 flex-col">
      <span className="truncate text-sm font-medium">{name}</span>
      <span className="truncate text-xs text-muted">{detail}</span>
    </span>
  );
}
