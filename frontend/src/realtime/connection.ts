import type { Socket } from "socket.io-client";
import { create } from "zustand";
import { ApiError } from "@/api/errors";
import { queryClient } from "@/api/queryClient";
import type { Held, Message, Synced } from "@/api/types";
import { isLeaving } from "@/auth/session";
import { tokens } from "@/auth/tokens";
import { conversationsQuery, refreshConversations } from "@/conversations/queries";
import { outbox } from "@/messages/outboxStore";
import { readTimeline } from "@/messages/queries";
import { Sender } from "@/messages/sender";
import { tabsLock } from "@/lib/lock";
import { backoff, delay } from "@/lib/time";
import { refreshPresence } from "@/people/presence";
import { Applier } from "./apply";
import { catchUp, heldOf } from "./catchUp";
import { socketRequest } from "./request";
import { chat, notifications, renewal } from "./sockets";

/** `connecting`: for the first time. `lost`: there was a connection. `catching-up`: what was missed is on its way. */
export type ConnectionStatus = "connecting" | "lost" | "catching-up" | "online";

export const useConnection = create<{ status: ConnectionStatus }>(() => ({ status: "connecting" }));

/** What a connection is bound to: one user, from sign-in to sign-out. */
let applier: Applier | null = null;
/** Counts connections, so that the work of an earlier one knows that it is outdated. */
let generation = 0;
let isReady = false;

const sender = new Sender({
  read: outbox.read,
  refresh: outbox.refresh,
  write: outbox.update,
  lockOf: (conversationId) => tabsLock(`warren-send-${conversationId}`),
  send: (message) => socketRequest<Message>(chat, "message:send", message),
  isReady: () => isReady,
  onStored: (message) => applier?.messageCreated(message),
  pause: (attempt) => delay(backoff(attempt, 500, 15_000)),
});
outbox.onWork((conversationId) => void sender.drain(conversationId));

/** Connects as the user signed in. */
export function startRealtime(meId: number): void {
  applier = new Applier(meId);
  useConnection.setState({ status: "connecting" });
  chat.connect();
  notifications.connect();
}

export function stopRealtime(): void {
  applier = null;
  generation += 1;
  isReady = false;
  chat.disconnect();
  notifications.disconnect();
}

/** Does not wait for the next attempt: the network is back, or someone looks. */
function reconnectNow(): void {
  if (applier === null || chat.connected) return;
  chat.disconnect();
  notifications.disconnect();
  chat.connect();
  notifications.connect();
}

async function onChatConnected(): Promise<void> {
  generation += 1;
  const mine = generation;
  useConnection.setState({ status: "catching-up" });
  /** As it was when the connection began: live events tell of later changes only. */
  let held: Held[] | undefined;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const index = await queryClient.query({ ...conversationsQuery, staleTime: "static" });
      if (mine !== generation) return;
      held ??= heldOf(index, readTimeline);
      await catchUp(
        held,
        (payload) => socketRequest<Synced>(chat, "conversation:sync", payload),
        (synced) => {
          if (mine === generation) applier?.synced(synced);
        },
      );
      break;
    } catch {
      // Sending need not wait for a server that is too busy to tell what was missed.
      if (mine === generation) becomeReady();
      await delay(backoff(attempt, 1_000, 15_000));
    }
    if (mine !== generation) return;
  }
  if (mine !== generation) return;
  useConnection.setState({ status: "online" });
  becomeReady();
  refreshPresence();
  refreshConversations();
  applier?.caughtUp();
}

function becomeReady(): void {
  isReady = true;
  void sender.flush();
}

function onChatDisconnected(): void {
  generation += 1;
  isReady = false;
  if (applier !== null) useConnection.setState({ status: "lost" });
}

/** Handles what socket.io leaves to the application: refusals, and disconnections by the server. */
function supervise(socket: Socket): void {
  let refusals = 0;
  const retry = async (): Promise<void> => {
    const session = applier;
    await delay(backoff(refusals, 500, 15_000));
    refusals += 1;
    if (session !== null && session === applier && !socket.active) socket.connect();
  };
  socket.on("connect", () => {
    refusals = 0;
  });
  socket.on("disconnect", (reason) => {
    if (reason === "io server disconnect") void retry();
  });
  socket.on("connect_error", (error: Error & { data?: { code?: string } }) => {
    if (socket.active) return;
    void verifySession(error.data?.code).finally(() => void retry());
  });
}

/** A refused token may be outdated; if the session is over, renewing it ends the session here. */
async function verifySession(code: string | undefined): Promise<void> {
  if (code !== "AUTH_INVALID" || isLeaving()) return;
  const stale = await tokens.fresh().catch(() => undefined);
  await tokens.renew(stale).catch((error: unknown) => {
    if (!(error instanceof ApiError)) throw error;
  });
}

chat.on("connect", () => void onChatConnected());
chat.on("disconnect", onChatDisconnected);
chat.on("message:created", (message) => applier?.messageCreated(message));
chat.on("message:updated", (message) => applier?.messageUpdated(message));
chat.on("message:deleted", (event) => applier?.messageDeleted(event));
chat.on("message:status", (event) => applier?.messageReached(event));
chat.on("conversation:created", ({ conversation }) => applier?.conversationCreated(conversation));
chat.on("conversation:invited", ({ conversation }) => applier?.conversationCreated(conversation));
chat.on("conversation:updated", (event) => applier?.conversationUpdated(event));
chat.on("conversation:deleted", ({ conversationId }) => applier?.conversationGone(conversationId));
chat.on("conversation:member-added", (event) => applier?.membersAdded(event));
chat.on("conversation:member-removed", (event) => applier?.memberRemoved(event));
chat.on("conversation:read", (read) => applier?.conversationRead(read));
chat.on("request:accepted", ({ conversationId, acceptedBy, change }) =>
  applier?.requestAnswered(conversationId, acceptedBy, "accepted", change),
);
chat.on("request:declined", ({ conversationId, declinedBy, change }) =>
  applier?.requestAnswered(conversationId, declinedBy, "declined", change),
);
chat.on("typing", (event) => applier?.typing(event));
chat.on("presence:changed", (presence) => applier?.presenceChanged(presence));
chat.on("user:updated", (user) => applier?.userUpdated(user));
chat.on("user:blocked", ({ userId, blocked }) => applier?.userBlocked(userId, blocked));
chat.on("user:roles", ({ roles }) => applier?.userRoles(roles));
chat.on("session:expiring", () => void renewal.goOn());
chat.on("session:revoked", () => void verifySession("AUTH_INVALID"));
notifications.on("connect", () => applier?.notificationsConnected());
notifications.on("notification:created", (notification) => applier?.notificationChanged(notification));
notifications.on("notification:updated", (notification) => applier?.notificationChanged(notification));
notifications.on("notification:read", ({ notificationId }) => applier?.notificationRead(notificationId));
notifications.on("notification:deleted", ({ notificationId }) => applier?.notificationDeleted(notificationId));
notifications.on("notification:count", ({ count }) => applier?.notificationCount(count));
supervise(chat);
supervise(notifications);
window.addEventListener("online", reconnectNow);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") reconnectNow();
});
