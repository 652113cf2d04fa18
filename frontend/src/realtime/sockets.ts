import { io, type Socket } from "socket.io-client";
import { API_URL } from "@/api/http";
import type { ChatEvents, NotificationEvents } from "@/api/types";
import { tokens } from "@/auth/tokens";
import { Renewal } from "./renewal";
import { socketRequest } from "./request";

/** Keeps the one connection of both namespaces going when its token ends. */
export const renewal = new Renewal(tokens, (token) => socketRequest(chat, "auth:refresh", { token }));

/** What the client sends: an event, its payload, an ack. */
type Requests = Record<string, (payload: unknown, ack: (answer: unknown) => void) => void>;

const options = {
  transports: ["websocket"],
  autoConnect: false,
  reconnectionDelay: 500,
  reconnectionDelayMax: 10_000,
  randomizationFactor: 0.5,
  // Asked anew for every connection, so that each one begins with a token that is good.
  auth: (answer: (auth: object) => void) => {
    renewal.begin().then(
      (token) => answer({ token }),
      () => answer({}),
    );
  },
};

/** Both namespaces share one websocket. */
export const chat: Socket<ChatEvents, Requests> = io(`${API_URL}/chat`, options);
export const notifications: Socket<NotificationEvents, Requests> = io(`${API_URL}/notifications`, options);
