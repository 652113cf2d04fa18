import type { Conversation } from "@/api/types";
import { Avatar } from "@/ui/Avatar";
import { nameOf, otherMember } from "./describe";

interface ConversationAvatarProps {
  conversation: Conversation;
  meId: number;
  size?: "medium" | "large" | "huge";
}

export function ConversationAvatar({ conversation, meId, size = "medium" }: ConversationAvatarProps) {
  if (conversation.type === "group") {
    return <Avatar name="" url={conversation.avatarUrl} seed={conversation.id} size={size} group />;
  }
  const other = otherMember(conversation, meId);
  return (
    <Avatar
      name={nameOf(conversation, meId)}
      url={other?.avatarUrl}
      seed={other?.userId ?? conversation.id}
      size={size}
    />
  );
}
