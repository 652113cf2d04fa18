import { create } from "zustand";
import type { Message } from "@/api/types";
import { readTimeline } from "./queries";

/** The message whose text is being changed, if there is one. */
export const useEditing = create<{ message: Message | null }>(() => ({ message: null }));

export function startEditing(message: Message): void {
  useEditing.setState({ message });
}

export function stopEditing(): void {
  useEditing.setState({ message: null });
}

/** Whether it is the user's to edit. How long it may be edited is the server's to say. */
export function isEditable(message: Message, meId: number): boolean {
  return message.type === "user" && message.senderId === meId && message.deletedAt === null;
}

/** Edits the last message that the user wrote in a conversation. */
export function editLast(conversationId: string, meId: number): boolean {
  const last = readTimeline(conversationId)?.items.findLast((message) => isEditable(message, meId));
  if (last !== undefined) startEditing(last);
  return last !== undefined;
}
