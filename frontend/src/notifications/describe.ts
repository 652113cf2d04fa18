import type { Conversation, Notification } from "@/api/types";
import { memberName, nameOf } from "@/conversations/describe";
import { t } from "@/locales";

/**
 * What a notification says: who or which group it is about, as they are called now, then what is new. Without its
 * conversation, as for words from the operators and for what is gone, the server's words.
 */
export function describe(
  { type, title, content, senderId }: Notification,
  conversation: Conversation | undefined,
  meId: number,
): { title: string; text: string } {
  if (conversation === undefined) return { title, text: content };
  const name = nameOf(conversation, meId);
  const sender = senderId === null ? "" : memberName(conversation, senderId);
  switch (type) {
    case "system":
      return { title, text: content };
    case "request":
      return { title: name, text: requestText(content) };
    case "group_invite":
      return { title: name, text: t("notifications.invited", { name: sender }) };
    case "message":
    case "mention": {
      const isPlain = conversation.type === "direct" || content === "" || sender === "";
      return { title: name, text: isPlain ? content : t("conversations.by", { name: sender, text: content }) };
    }
  }
}

/** Somebody asks, with what they have written; or agrees, without a word. */
function requestText(content: string): string {
  return content === "" ? t("notifications.accepted") : t("notifications.request", { text: content });
}
