import type { Conversation, DeliveryState, Message } from "@/api/types";
import { delay } from "@/lib/time";
import { socketRequest } from "@/realtime/request";
import { chat } from "@/realtime/sockets";
import { readConversations } from "./queries";

/** Messages in quick succession are told once; longer than reading takes to be told, which says the same and more. */
const GATHER_MS = 500;

/** The last message to be told as delivered, of each conversation. */
const wanted = new Map<string, Pick<Message, "id" | "seq">>();

/**
 * Tells that a message, and all before it, has reached this device. What is lost with the connection is told after the
 * next catching-up. Who was not asked yet tells nothing of themselves.
 */
export function markDelivered(message: Pick<Message, "id" | "seq" | "conversationId">, meId: number): void {
  const { id, seq, conversationId } = message;
  if (readConversations().byId[conversationId]?.me.request === "pending") return;
  const isUnderWay = wanted.has(conversationId);
  if ((wanted.get(conversationId)?.seq ?? 0) < seq) wanted.set(conversationId, { id, seq });
  if (!isUnderWay) void tell(conversationId, meId);
}

/** Tells it of conversations whose last message came while nothing was connected. */
export function markAllDelivered(conversations: readonly Conversation[], meId: number): void {
  for (const conversation of conversations) {
    const { lastMessage } = conversation;
    if (lastMessage !== null && lastMessage.senderId !== meId && !isTold(conversation, lastMessage.seq, meId)) {
      markDelivered(lastMessage, meId);
    }
  }
}

/** Forgets what was not told. */
export function forgetDelivered(): void {
  wanted.clear();
}

async function tell(conversationId: string, meId: number): Promise<void> {
  await delay(GATHER_MS);
  const last = wanted.get(conversationId);
  wanted.delete(conversationId);
  const conversation = readConversations().byId[conversationId];
  if (last === undefined || conversation === undefined || isTold(conversation, last.seq, meId)) return;
  await socketRequest<DeliveryState>(chat, "message:delivered", { messageId: last.id }).catch(() => undefined);
}

/** Whether another device, or having read it, has told it. */
function isTold({ members, me }: Conversation, seq: number, meId: number): boolean {
  const own = members.find(({ userId }) => userId === meId);
  return Math.max(me.lastReadSeq, own?.lastDeliveredSeq ?? 0) >= seq;
}
