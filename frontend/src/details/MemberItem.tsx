import { useMutation } from "@tanstack/react-query";
import { Crown, Ellipsis, Shield, ShieldOff, UserMinus } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import type { Conversation, Member, MemberRole, Presence } from "@/api/types";
import { changeRole, removeMember } from "@/conversations/actions";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { PresenceAvatar } from "@/people/PresenceAvatar";
import { presenceText } from "@/people/presenceText";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem } from "@/ui/Menu";
import { actionsOn } from "./rules";

interface MemberItemProps {
  conversation: Conversation;
  member: Member;
  isMe: boolean;
  presence: Presence | undefined;
}

/** A member of a group, with what the user may do with them. */
export function MemberItem({ conversation, member, isMe, presence }: MemberItemProps) {
  const { userId, role } = member;
  const name = member.displayName === "" ? t("people.deleted") : member.displayName;
  const [asked, setAsked] = useState<"transfer" | "remove" | null>(null);
  const close = () => setAsked(null);
  const give = useMutation({
    mutationFn: (next: MemberRole) => changeRole(conversation.id, userId, next),
    onSuccess: close,
  });
  const remove = useMutation({ mutationFn: () => removeMember(conversation.id, userId), onSuccess: close });
  const actions = isMe ? [] : actionsOn(member, conversation.me.role);
  const detail = presenceText(presence) ?? (member.username === "" ? "" : `@${member.username}`);

  return (
    <li className="rounded-lg [contain-intrinsic-size:auto_3.5rem] [content-visibility:auto] hover:bg-hover">
      <div className="flex items-center gap-1">
        <Link
          to={`/people/${userId}`}
          className="flex min-w-0 flex-1 items-center gap-3 rounded-lg px-2 py-2 focus-visible:-outline-offset-2"
        >
          <PresenceAvatar name={name} url={member.avatarUrl} seed={userId} isOnline={presence?.online === true} />
          <span className="flex min-w-0 flex-1 flex-col">
            <span className="truncate text-sm font-medium">
              {name}
              {isMe && ` (${t("people.you")})`}
            </span>
            <span className="truncate text-xs text-muted">{detail}</span>
          </span>
          {role !== "member" && (
            <span className="rounded-full bg-selected px-2 py-0.5 text-xs">{t(`details.role.${role}`)}</span>
          )}
        </Link>
        {actions.length > 0 && (
          <Menu
            trigger={
              <IconButton label={t("details.memberActions", { name })} look="small">
                <Ellipsis aria-hidden />
              </IconButton>
            }
          >
            {actions.includes("promote") && (
              <MenuItem onSelect={() => give.mutate("moderator")}>
                <Shield aria-hidden />
                {t("details.promote")}
              </MenuItem>
            )}
            {actions.includes("demote") && (
              <MenuItem onSelect={() => give.mutate("member")}>
                <ShieldOff aria-hidden />
                {t("details.demote")}
              </MenuItem>
            )}
            {actions.includes("transfer") && (
              <MenuItem onSelect={() => setAsked("transfer")}>
                <Crown aria-hidden />
                {t("details.transfer")}
              </MenuItem>
            )}
            <MenuItem onSelect={() => setAsked("remove")} isDanger>
              <UserMinus aria-hidden />
              {t("details.remove")}
            </MenuItem>
          </Menu>
        )}
      </div>
      {asked === null && give.error !== null && (
        <p role="alert" className="px-2 pb-2 text-xs text-danger">
          {describeError(give.error)}
        </p>
      )}
      {asked === "transfer" && (
        <ConfirmDialog
          title={t("details.transferTitle", { name })}
          text={t("details.transferText")}
          confirm={t("details.transfer")}
          busy={give.isPending}
          error={give.error}
          onConfirm={() => give.mutate("owner")}
          onClose={close}
        />
      )}
      {asked === "remove" && (
        <ConfirmDialog
          title={t("details.removeTitle", { name })}
          text={t("details.removeText")}
          confirm={t("details.remove")}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
          onClose={close}
        />
      )}
    </li>
  );
}
