import { queryClient } from "@/api/queryClient";
import type {
  Conversation,
  ConversationRead,
  ConversationUpdated,
  MemberAdded,
  MemberRemoved,
  Message,
  MessageDeleted,
  MessageReached,
  Notification,
  Presence,
  PublicUser,
  RequestState,
  Synced,
  UserTyping,
} from "@/api/types";
import { updateMe } from "@/auth/session";
import {
  listed,
  withDeleted,
  withEdited,
  withMemberRemoved,
  withMembersAdded,
  withMessage,
  without,
  withReached,
  withRead,
  withRequest,
  withSynced,
  withUpdated,
  withUser,
} from "@/conversations/cache";
import { markAllDelivered, markDelivered } from "@/conversations/markDelivered";
import { fetchConversation, readConversations, updateConversations } from "@/conversations/queries";
import { outbox } from "@/messages/outboxStore";
import {
  dropStretch,
  dropTimeline,
  mendSingles,
  putTimeline,
  readTimeline,
  refreshSingles,
  updateMessages,
  updateTimeline,
} from "@/messages/queries";
import { recentChanges } from "@/messages/recentChanges";
import { fromReset, withChanged, withLive, withMissed } from "@/messages/timeline";
import { tombstone } from "@/messages/tombstone";
import { alertOf, closeAlert } from "@/notifications/alerts";
import { isNews, withNotification, withNotificationRead, withoutNotification } from "@/notifications/cache";
import {
  notificationsQuery,
  readNotifications,
  setNotificationCount,
  updateNotifications,
} from "@/notifications/queries";
import { refreshPresence, updatePresence } from "@/people/presence";
import { refreshBlocks, updateProfile } from "@/people/queries";
import { updateFound } from "@/search/queries";
import { heardTyping, stoppedTyping } from "@/typing/typists";

/** Of how many conversations it is told after catching up that their last message has arrived. */
const MAX_DELIVERED = 100;

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
    stoppedTyping(message.conversationId, message.senderId);
    if (message.senderId !== this.meId) markDelivered(message, this.meId);
  }

  messageUpdated(message: Message): void {
    recentChanges.note(message.id, message.change ?? 0, () => message);
    updateConversations((index) => withEdited(index, message));
    updateMessages(message.conversationId, (timeline) => withChanged(timeline, [message]));
    mendSingles(message.conversationId);
    updateFound(message.conversationId, (found) => (found.id === message.id ? message : found));
  }

  messageDeleted(event: MessageDeleted): void {
    recentChanges.note(event.messageId, event.change, (message) => tombstone(message, event));
    updateConversations((index) => withDeleted(index, event));
    updateFound(event.conversationId, (found) => (found.id === event.messageId ? null : found));
    updateMessages(event.conversationId, (timeline) => {
      const held = timeline.items.find(({ id }) => id === event.messageId);
      return held === undefined ? timeline : withChanged(timeline, [tombstone(held, event)]);
    });
    mendSingles(event.conversationId);
  }

  messageReached(event: MessageReached): void {
    updateConversations((index) => withReached(index, event));
  }

  /** The user is in a conversation that is new, or new to them. */
  conversationCreated(conversation: Conversation): void {
    updateConversations((index) => withSynced(index, conversation));
    refreshPresence();
  }

  conversationUpdated(event: ConversationUpdated): void {
    updateConversations((index) => withUpdated(index, event, this.meId));
  }

  conversationGone(id: string): void {
    updateConversations((index) => without(index, id));
    dropTimeline(id);
  }

  membersAdded(event: MemberAdded): void {
    updateConversations((index) => withMembersAdded(index, event));
    refreshPresence();
  }

  memberRemoved(event: MemberRemoved): void {
    updateConversations((index) => withMemberRemoved(index, event, this.meId));
    stoppedTyping(event.conversationId, event.userId);
    if (event.userId === this.meId) dropTimeline(event.conversationId);
  }

  conversationRead(read: ConversationRead): void {
    updateConversations((index) => withRead(index, read, this.meId));
  }

  /** Whoever was asked for a direct conversation has said whether they want it. */
  requestAnswered(conversationId: string, userId: number, request: RequestState, change: number): void {
    updateConversations((index) => withRequest(index, { conversationId, userId, request, change }, this.meId));
    refreshPresence();
  }

  typing(event: UserTyping): void {
    heardTyping(event);
  }

  presenceChanged(presence: Presence): void {
    updatePresence(presence);
  }

  userUpdated(user: PublicUser & { bio: string | null }): void {
    updateConversations((index) => withUser(index, user));
    updateProfile(user.userId, user);
    if (user.userId === this.meId) updateMe(user);
  }

  userBlocked(userId: number, blocked: boolean): void {
    updateProfile(userId, { blocked });
    refreshBlocks();
  }

  userRoles(roles: string[]): void {
    updateMe({ roles });
  }

  /** What was missed. A timeline that is not held needs no missed messages: it begins with the newest page. */
  synced({ conversations, gone }: Synced): void {
    for (const { conversation, messages, changed, reset } of conversations) {
      const held = readTimeline(conversation.id);
      if (reset) {
        putTimeline(conversation.id, fromReset(messages.map(recentChanges.applied)));
        // Nobody tells what became of its messages.
        dropStretch(conversation.id);
        refreshSingles(conversation.id);
      } else if (held !== undefined) {
        updateTimeline(conversation.id, (timeline) => withMissed(timeline, messages));
        updateMessages(conversation.id, (timeline) => withChanged(timeline, changed));
      }
      for (const message of changed) recentChanges.note(message.id, message.change ?? 0, () => message);
      mendSingles(conversation.id);
      this.#confirm(messages);
    }
    updateConversations((index) => {
      const left = gone.reduce(without, index);
      return conversations.reduce((next, { conversation }) => withSynced(next, conversation), left);
    });
    gone.forEach(dropTimeline);
  }

  /** All that was missed is known. */
  caughtUp(): void {
    refreshSingles();
    markAllDelivered(listed(readConversations()).slice(0, MAX_DELIVERED), this.meId);
  }

  notificationChanged(notification: Notification): void {
    const list = readNotifications();
    updateNotifications((held) => withNotification(held, notification));
    if (list !== undefined && isNews(list, notification)) void alertOf(notification);
  }

  notificationRead(id: string | null): void {
    updateNotifications((list) => withNotificationRead(list, id));
    closeAlert(id);
  }

  notificationDeleted(id: string): void {
    updateNotifications((list) => withoutNotification(list, id));
    closeAlert(id);
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
