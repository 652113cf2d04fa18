import type { Conversation, Message } from "@/api/types";
import { lineOf, memberName } from "@/conversations/describe";
import { useHeldConversation } from "@/conversations/queries";
import { t } from "@/locales";
import { useStrangers } from "@/people/queries";
import { useMessage } from "./queries";
import { placeOf } from "./replies";

/** What is shown of a message that is answered. */
export interface Quoted {
  /** Null while nothing is known of it, or when it is not there any more. */
  message: Message | null;
  /** Who wrote it; empty where that is not known. */
  name: string;
  isMine: boolean;
  text: string;
}

/** A message that another one of the same conversation answers, as it is now. */
export function useQuoted(conversationId: string, messageId: string, meId: number): Quoted {
  const message = useMessage(conversationId, placeOf(messageId));
  const conversation = useHeldConversation(conversationId);
  const strangers = useStrangers(message == null || isNamed(conversation, message) ? NOBODY : [message.senderId]);
  if (message == null) {
    const text = t(message === undefined ? "replies.loading" : "replies.unavailable");
    return { message: null, name: "", isMine: false, text };
  }
  const { senderId } = message;
  const isMine = senderId === meId;
  const name = isMine
    ? t("messages.you")
    : conversation === undefined
      ? ""
      : memberName(conversation, senderId, strangers);
  return { message, name, isMine, text: lineOf(message) };
}

const NOBODY: readonly number[] = [];

/** Whether the name of its sender is there, or comes with the other members. */
function isNamed(conversation: Conversation | undefined, { senderId }: Message): boolean {
  if (conversation === undefined) return true;
  const { members, memberCount } = conversation;
  return members.length < memberCount || members.some(({ userId }) => userId === senderId);
}
