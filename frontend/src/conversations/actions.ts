import { api } from "@/api/client";
import type { Conversation, ConversationDone, ConversationSettings, MemberRole, UpdateSettings } from "@/api/types";
import { dropTimeline } from "@/messages/queries";
import { withConversation, without, withUpdated } from "./cache";
import { conversationPath, updateConversations } from "./queries";

// Events tell all devices the same; what an answer tells is shown without waiting for them.

async function changed(request: Promise<Conversation>): Promise<void> {
  const conversation = await request;
  updateConversations((index) => withConversation(index, conversation));
}

async function gone(request: Promise<ConversationDone>): Promise<void> {
  const { conversationId } = await request;
  updateConversations((index) => without(index, conversationId));
  dropTimeline(conversationId);
}

/** Agrees to a direct conversation that somebody else has begun. */
export const acceptRequest = (id: string) => changed(api.post(`${conversationPath(id)}/accept`));
export const declineRequest = (id: string) => changed(api.post(`${conversationPath(id)}/decline`));

export const updateGroup = (id: string, change: { name?: string; avatarUrl?: string }) =>
  changed(api.patch(conversationPath(id), change));
export const addMembers = (id: string, userIds: readonly number[]) =>
  changed(api.post(`${conversationPath(id)}/members`, { userIds }));
/** `owner` hands the group over. */
export const changeRole = (id: string, userId: number, role: MemberRole) =>
  changed(api.patch(`${conversationPath(id)}/members/${userId}`, { role }));
/** Takes somebody out of a group; the event tells who is left. */
export const removeMember = (id: string, userId: number) =>
  api.delete<ConversationDone>(`${conversationPath(id)}/members/${userId}`);
export const leaveGroup = (id: string) => gone(api.post(`${conversationPath(id)}/leave`));
/** Ends a group for all, or clears a direct conversation for oneself. */
export const deleteConversation = (id: string) => gone(api.delete(conversationPath(id)));

/** Mutes, pins or archives a conversation, for oneself. */
export async function updateSettings(id: string, change: UpdateSettings, meId: number): Promise<void> {
  const { me } = await api.patch<ConversationSettings>(`${conversationPath(id)}/settings`, change);
  updateConversations((index) => withUpdated(index, { conversationId: id, actorId: meId, me }, meId));
}
