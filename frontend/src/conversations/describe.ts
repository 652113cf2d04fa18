import type { Conversation, Member, Message } from "@/api/types";
import { attachmentsText } from "@/files/describe";
import { t } from "@/locales";
import { sentBy, type Outgoing } from "@/messages/outbox";
import { systemText } from "@/messages/systemText";

/** The other person of a direct conversation; with oneself, oneself. */
export function otherMember(conversation: Conversation, meId: number): Member | undefined {
  return conversation.members.find((member) => member.userId !== meId) ?? conversation.members[0];
}

/** What a conversation is called for this user. */
export function nameOf(conversation: Conversation, meId: number): string {
  if (conversation.type === "group") return conversation.name ?? t("conversations.unnamed");
  const other = otherMember(conversation, meId);
  if (conversation.endedAt !== null || other?.displayName === "") return t("people.deleted");
  return other?.displayName ?? t("conversations.unknownPerson");
}

/** What a member is called, or who was one (`strangers`). An account that is gone has no name. */
export function memberName(
  conversation: Conversation,
  userId: number,
  strangers?: ReadonlyMap<number, { displayName: string }>,
): string {
  const member = conversation.members.find((candidate) => candidate.userId === userId) ?? strangers?.get(userId);
  if (member?.displayName === "") return t("people.deleted");
  return member?.displayName ?? t("conversations.unknownPerson");
}

/** The last message in a line, with who wrote it where that is not plain. */
export function previewOf(conversation: Conversation, meId: number): string {
  const message = conversation.lastMessage;
  if (message === null) return t("conversations.noMessages");
  if (message.type === "system") return systemText(message, meId, (userId) => memberName(conversation, userId));
  const text = lineOf(message);
  if (message.senderId === meId) return t("conversations.you", { text });
  if (conversation.type === "direct") return text;
  return t("conversations.by", { name: memberName(conversation, message.senderId), text });
}

/** A message in a line. */
export function lineOf(message: Message): string {
  if (message.deletedAt !== null) return t("conversations.deletedMessage");
  if (message.content === "") return attachmentsText(message);
  return message.content;
}

/** A message on its way in a line. */
export function unsentText(outgoing: Outgoing): string {
  return t("conversations.you", {
    text: outgoing.content === "" ? attachmentsText(sentBy(outgoing)) : outgoing.content,
  });
}
