import type { Message } from "@/api/types";
import { focusComposer } from "./composerField";
import { keepReply, readReply } from "./drafts";
import { stopEditing } from "./editing";
import { readTimeline } from "./queries";

/** The place of a message in its conversation, which its id ends with. */
export function placeOf(messageId: string): number {
  return Number(messageId.slice(messageId.lastIndexOf(".") + 1));
}

/** Whether a message can be answered. */
export function isAnswerable({ type, deletedAt }: Message): boolean {
  return type === "user" && deletedAt === null;
}

/** Has what is written next answer a message. */
export function startReply({ conversationId, id }: Message, meId: number): void {
  stopEditing();
  keepReply(meId, conversationId, id);
  focusComposer();
}

/** Answers the message before the one that is answered, or after it; beyond the last one, none. */
export function replyToNeighbour(conversationId: string, meId: number, step: 1 | -1): void {
  const replyTo = readReply(meId, conversationId);
  const place = replyTo === null ? Infinity : placeOf(replyTo);
  const items = readTimeline(conversationId)?.items.filter(isAnswerable) ?? [];
  const next = step === 1 ? items.find(({ seq }) => seq > place) : items.findLast(({ seq }) => seq < place);
  if (next !== undefined) keepReply(meId, conversationId, next.id);
  else if (step === 1) keepReply(meId, conversationId, null);
}
