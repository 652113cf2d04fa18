import { useEffect } from "react";
import type { ConversationRef } from "@/api/types";
import { useVisible } from "@/lib/useVisible";
import { useConnection } from "@/realtime/connection";
import { socketRequest } from "@/realtime/request";
import { chat } from "@/realtime/sockets";
import { forgetTyping } from "./typists";

/**
 * Tells the server that a conversation is on the screen, while that can be seen: it then says who is typing, and notifies
 * nobody of what they see. It forgets that with the connection.
 */
export function useShown(conversationId: string): void {
  const isConnected = useConnection(({ status }) => status === "online" || status === "catching-up");
  const isShown = useVisible() && isConnected;
  useEffect(() => {
    if (!isShown) return;
    const tell = (event: string) => {
      socketRequest<ConversationRef>(chat, event, { conversationId }).catch(() => undefined);
    };
    tell("conversation:join");
    return () => {
      tell("conversation:leave");
      forgetTyping(conversationId);
    };
  }, [conversationId, isShown]);
}
