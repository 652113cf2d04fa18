import type { Message, MessageDeleted } from "@/api/types";

/** What is left of a message that was deleted. */
export function tombstone(message: Message, { deletedAt, deletedBy, change }: MessageDeleted): Message {
  return { ...message, content: "", attachments: [], files: [], deletedAt, deletedBy, change };
}
