import { useMutation } from "@tanstack/react-query";
import { Ban, LogOut, Trash2 } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Conversation } from "@/api/types";
import { useMe } from "@/auth/me";
import { deleteConversation, leaveGroup } from "@/conversations/actions";
import { nameOf, otherMember } from "@/conversations/describe";
import { t } from "@/locales";
import { BlockDialog } from "@/people/BlockDialog";
import { useIsBlocked } from "@/people/queries";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Card, RowButton } from "@/ui/Panel";

/** The ways out of a conversation. */
export function Leaving({ conversation }: { conversation: Conversation }) {
  const { userId } = useMe();
  const { id, type, me } = conversation;
  const navigate = useNavigate();
  const [asked, setAsked] = useState<"leave" | "delete" | "block" | null>(null);
  const name = nameOf(conversation, userId);
  const isGroup = type === "group";
  const other = isGroup ? undefined : otherMember(conversation, userId);
  const isBlocked = useIsBlocked(other?.userId);
  const close = () => setAsked(null);
  // The conversation is gone as soon as the answer is there.
  const onSuccess = () => void navigate("/");
  const leave = useMutation({ mutationFn: () => leaveGroup(id), onSuccess });
  const end = useMutation({ mutationFn: () => deleteConversation(id), onSuccess });

  return (
    <>
      <Card>
        {isGroup && (
          <RowButton icon={LogOut} onClick={() => setAsked("leave")} isDanger>
            {t("details.leave")}
          </RowButton>
        )}
        {other !== undefined && !isBlocked && (
          <RowButton icon={Ban} onClick={() => setAsked("block")} isDanger>
            {t("people.block")}
          </RowButton>
        )}
        {(!isGroup || me.role === "owner") && (
          <RowButton icon={Trash2} onClick={() => setAsked("delete")} isDanger>
            {t(isGroup ? "details.deleteGroup" : "details.deleteDirect")}
          </RowButton>
        )}
      </Card>
      {asked === "leave" && (
        <ConfirmDialog
          title={t("details.leaveTitle", { name })}
          text={t("details.leaveText")}
          confirm={t("details.leave")}
          busy={leave.isPending}
          error={leave.error}
          onConfirm={() => leave.mutate()}
          onClose={close}
        >
          {me.role === "owner" && conversation.memberCount > 1 && <p>{t("details.leaveOwner")}</p>}
        </ConfirmDialog>
      )}
      {asked === "delete" && (
        <ConfirmDialog
          title={t(isGroup ? "details.deleteGroupTitle" : "details.deleteDirectTitle", { name })}
          text={t(isGroup ? "details.deleteGroupText" : "details.deleteDirectText", { name })}
          confirm={t(isGroup ? "details.deleteGroup" : "details.deleteDirect")}
          busy={end.isPending}
          error={end.error}
          onConfirm={() => end.mutate()}
          onClose={close}
        />
      )}
      {asked === "block" && other !== undefined && <BlockDialog userId={other.userId} name={name} onClose={close} />}
    </>
  );
}
