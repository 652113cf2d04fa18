import { useMutation } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { useState } from "react";
import { asApiError } from "@/api/errors";
import type { Conversation } from "@/api/types";
import { useMe } from "@/auth/me";
import { updateGroup } from "@/conversations/actions";
import { ConversationAvatar } from "@/conversations/ConversationAvatar";
import { nameOf } from "@/conversations/describe";
import { t } from "@/locales";
import { describeError, describeViolation } from "@/locales/errors";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { IconButton } from "@/ui/IconButton";
import { ErrorNote } from "@/ui/Notice";

/** A group's picture and name, which its owner and moderators may change. */
export function GroupHead({ conversation }: { conversation: Conversation }) {
  const { userId } = useMe();
  const [isEditing, setIsEditing] = useState(false);
  const name = nameOf(conversation, userId);
  return (
    <div className="flex flex-col items-center gap-2 text-center">
      <ConversationAvatar conversation={conversation} meId={userId} size="huge" />
      <p className="flex max-w-full items-center gap-1">
        <span className="min-w-0 text-lg font-semibold [overflow-wrap:anywhere]">{name}</span>
        {conversation.me.role !== "member" && (
          <IconButton label={t("details.rename")} onClick={() => setIsEditing(true)} look="small">
            <Pencil aria-hidden />
          </IconButton>
        )}
      </p>
      <p className="text-sm text-muted">{t("conversations.members", { count: conversation.memberCount })}</p>
      {isEditing && <EditGroup conversation={conversation} onClose={() => setIsEditing(false)} />}
    </div>
  );
}

function EditGroup({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const { id } = conversation;
  const [name, setName] = useState(conversation.name ?? "");
  const [picture, setPicture] = useState(conversation.avatarUrl ?? "");
  const [isMissing, setIsMissing] = useState(false);
  const change = {
    ...(name.trim() !== conversation.name && { name: name.trim() }),
    ...(picture.trim() !== (conversation.avatarUrl ?? "") && { avatarUrl: picture.trim() }),
  };
  const update = useMutation({ mutationFn: () => updateGroup(id, change), onSuccess: onClose });
  const error = update.error === null ? null : asApiError(update.error);
  const errorAt = (wanted: string) => {
    const violation = error?.violations.find(({ field }) => field === wanted);
    return error === null || violation === undefined ? undefined : describeViolation(error.code, violation);
  };

  return (
    <Dialog title={t("details.rename")} closeLabel={t("app.close")} onClose={onClose} size="fit">
      <form
        noValidate
        className="flex min-h-0 flex-col text-left"
        onSubmit={(event) => {
          event.preventDefault();
          setIsMissing(name.trim() === "");
          if (name.trim() === "") return;
          if (Object.keys(change).length === 0) onClose();
          else update.mutate();
        }}
      >
        <div className="flex flex-col gap-3 overflow-y-auto px-5 pb-5">
          {error !== null && error.violations.length === 0 && <ErrorNote>{describeError(error)}</ErrorNote>}
          <Field
            label={t("create.groupName")}
            value={name}
            maxLength={100}
            error={isMissing ? t("create.needsName") : errorAt("name")}
            onChange={(event) => setName(event.target.value)}
          />
          <Field
            label={t("details.picture")}
            hint={t("details.pictureHint")}
            type="url"
            value={picture}
            error={errorAt("avatarUrl")}
            onChange={(event) => setPicture(event.target.value)}
          />
        </div>
        <footer className="flex justify-end gap-2 border-t border-line p-3">
          <Button variant="quiet" onClick={onClose}>
            {t("app.cancel")}
          </Button>
          <Button type="submit" busy={update.isPending}>
            {t("app.save")}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
