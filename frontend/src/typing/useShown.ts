import { useEffect } from "react";
import type { ConversationRef } from "@/api/types";
import { useConnection } from "@/realtime/connection";
import { socketRequest } from "@/realtime/request";
import { chat } from "@/realtime/sockets";
import { forgetTyping } from "./typists";

/** Has the server tell who is typing in a conversation while it is on the screen; it forgets that with the connection. */
export function useShown(conversationId: string): void {
  const isConnected = useConnection(({ status }) => status === "online" || status === "catching-up");
  useEffect(() => {
    if (!isConnected) return;
    const tell = (event: string) => {
      socketRequest<ConversationRef>(chat, event, { conversationId }).catch(() => undefined);
    };
    tell("conversation:join");
    return () => {
      tell("conversation:leave");
      forgetTyping(conversationId);
    };
  }, [conversationId, isConnected]);
}
