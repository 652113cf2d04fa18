import { useEffect, useMemo } from "react";
import type { ConversationRef } from "@/api/types";
import { socketRequest } from "@/realtime/request";
import { chat } from "@/realtime/sockets";
import { TypingSignal } from "./signal";

/** Tells the members who show the conversation that the user is typing in it. What is lost is not worth repeating. */
export function useTypingSignal(conversationId: string): TypingSignal {
  const signal = useMemo(
    () =>
      new TypingSignal((isTyping) => {
        socketRequest<ConversationRef>(chat, "typing", { conversationId, isTyping }).catch(() => undefined);
      }),
    [conversationId],
  );
  useEffect(() => () => signal.stop(), [signal]);
  return signal;
}
