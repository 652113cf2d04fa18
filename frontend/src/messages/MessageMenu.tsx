import { Copy, Info, Pencil, Reply, Trash2 } from "lucide-react";
import type { Conversation, Message } from "@/api/types";
import { copyText } from "@/lib/copyText";
import { t } from "@/locales";
import { ContextMenuItem } from "@/ui/ContextMenu";
import { useCanWrite } from "./composerField";
import { isEditable, startEditing } from "./editing";
import { isAnswerable, startReply } from "./replies";

interface MessageMenuProps {
  message: Message;
  conversation: Conversation;
  meId: number;
  onInfo: (message: Message) => void;
  onDelete: (message: Message) => void;
}

/** What can be done with a message. */
export function MessageMenu({ message, conversation, meId, onInfo, onDelete }: MessageMenuProps) {
  const isMine = message.senderId === meId;
  const moderates = conversation.type === "group" && conversation.me.role !== "member";
  const canWrite = useCanWrite();
  return (
    <>
      {canWrite && isAnswerable(message) && (
        <ContextMenuItem onSelect={() => startReply(message, meId)}>
          <Reply aria-hidden />
          {t("messages.reply")}
        </ContextMenuItem>
      )}
      {message.content !== "" && (
        <ContextMenuItem onSelect={() => copyText(message.content)}>
          <Copy aria-hidden />
          {t("messages.copy")}
        </ContextMenuItem>
      )}
      {isEditable(message, meId) && (
        <ContextMenuItem onSelect={() => startEditing(message)}>
          <Pencil aria-hidden />
          {t("messages.edit")}
        </ContextMenuItem>
      )}
      {isMine && (
        <ContextMenuItem onSelect={() => onInfo(message)}>
          <Info aria-hidden />
          {t("messages.info")}
        </ContextMenuItem>
      )}
      {(isMine || moderates) && (
        <ContextMenuItem onSelect={() => onDelete(message)} isDanger>
          <Trash2 aria-hidden />
          {t("messages.delete")}
        </ContextMenuItem>
      )}
    </>
  );
}
