import type { Socket } from "socket.io-client";
import { ApiError } from "@/api/errors";
import type { Ack } from "@/api/types";

const ACK_TIMEOUT_MS = 10_000;

type Acknowledging = Pick<Socket, "connected" | "timeout">;

/** Sends an event and gives the data of its ack; throws `ApiError` when refused, unanswered or not connected. */
export async function socketRequest<T>(socket: Acknowledging, event: string, payload: unknown): Promise<T> {
  // Without this check socket.io would keep the event and send it after reconnecting, behind the outbox's back.
  if (!socket.connected) throw new ApiError("OFFLINE", "Not connected.");
  let ack: Ack<T>;
  try {
    ack = (await socket.timeout(ACK_TIMEOUT_MS).emitWithAck(event, payload)) as Ack<T>;
  } catch {
    throw failure(socket);
  }
  if (ack.ok) return ack.data;
  throw new ApiError(ack.error.code, ack.error.message, ack.error.errors);
}

/** Why there was no ack: none came in time, or the connection broke meanwhile. */
function failure({ connected }: Acknowledging): ApiError {
  return connected ? new ApiError("TIMEOUT", "No answer in time.") : new ApiError("OFFLINE", "The connection broke.");
}
