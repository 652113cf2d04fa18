import type { Message } from "@/api/types";
import { socketRequest } from "@/realtime/request";
import { chat } from "@/realtime/sockets";

/** Gives a message another text. What everybody sees follows by the event. */
export function editMessage(messageId: string, content: string): Promise<Message> {
  return socketRequest<Message>(chat, "message:edit", { messageId, content });
}

/** Leaves a tombstone in place of a message. */
export function deleteMessage(messageId: string): Promise<Message> {
  return socketRequest<Message>(chat, "message:delete", { messageId });
}
