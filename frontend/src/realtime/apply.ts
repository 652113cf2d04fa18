import { queryClient } from "@/api/queryClient";
import type { Conversation, ConversationRead, Message, Notification, Synced } from "@/api/types";
import { withConversation, withMessage, without, withRead } from "@/conversations/cache";
import { fetchConversation, readConversations, updateConversations } from "@/conversations/queries";
import { outbox } from "@/messages/outboxStore";
import { dropTimeline, putTimeline, readTimeline, updateTimeline } from "@/messages/queries";
import { fromReset, withLive, withMissed } from "@/messages/timeline";
import { withNotification, withNotificationRead } from "@/notifications/cache";
import { notificationsQuery, setNotificationCount, updateNotifications } from "@/notifications/queries";

/** The one place where what the socket tells becomes what the client holds. */
export class Applier {
  constructor(private readonly meId: number) {}

  messageCreated(message: Message): void {
    if (readConversations().byId[message.conversationId] === undefined) {
      // Its conversation:created was lost or is still to come; a failure here is mended by the next catching-up.
      void fetchConversation(message.conversationId).catch(() => undefined);
    }
    updateConversations((index) => withMessage(index, message, this.meId));
    updateTimeline(message.conversationId, (timeline) => withLive(timeline, message));
    this.#confirm([message]);
  }

  conversationCreated(conversation: Conversation): void {
    updateConversations((index) => withConversation(index, conversation));
  }

  conversationRead(read: ConversationRead): void {
    updateConversations((index) => withRead(index, read, this.meId));
  }

  /** What was missed. A timeline that is not held needs no missed messages: it begins with the newest page. */
  synced({ conversations, gone = [] }: Synced): void {
    for (const { conversation, messages, reset } of conversations) {
      const held = readTimeline(conversation.id);
      if (reset) putTimeline(conversation.id, fromReset(messages));
      else if (held !== undefined) updateTimeline(conversation.id, (timeline) => withMissed(timeline, messages));
      this.#confirm(messages);
    }
    updateConversations((index) => {
      const left = gone.reduce(without, index);
      return conversations.reduce((next, { conversation }) => withConversation(next, conversation), left);
    });
    gone.forEach(dropTimeline);
  }

  notificationChanged(notification: Notification): void {
    updateNotifications((list) => withNotification(list, notification));
  }

  notificationRead(id: string | null): void {
    updateNotifications((list) => withNotificationRead(list, id));
  }

  notificationCount(count: number): void {
    setNotificationCount(count);
  }

  /** Notifications have no catching-up of their own: the list is fetched again after a reconnect. */
  notificationsConnected(): void {
    void queryClient.invalidateQueries({ queryKey: notificationsQuery.queryKey });
  }

  #confirm(messages: readonly Message[]): void {
    const mine = messages.filter((message) => message.senderId === this.meId);
    outbox.confirm(new Set(mine.flatMap(({ clientId }) => clientId ?? [])));
  }
}
