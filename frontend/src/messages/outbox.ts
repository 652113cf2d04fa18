import type { FailureCode } from "@/api/errors";

/** A message on its way to the server. */
export interface Outgoing {
  /** The same for every attempt, so that it is stored once. */
  readonly clientId: string;
  readonly conversationId: string;
  readonly content: string;
  readonly createdAt: string;
  /** `queued` waits for its turn, the connection, or its next attempt. */
  readonly state: "queued" | "sending" | "failed";
  readonly attempts: number;
  readonly error?: { readonly code: FailureCode; readonly message: string };
}

/** In the order of writing. */
export type Outbox = readonly Outgoing[];

/** How often a message is tried before its sender is asked. */
export const MAX_ATTEMPTS = 6;

/** The message of this conversation that is to be sent next. */
export function nextToSend(outbox: Outbox, conversationId: string): Outgoing | undefined {
  return outbox.find((entry) => entry.conversationId === conversationId && entry.state !== "failed");
}

/** Without the messages that the server is known to have. */
export function confirmed(outbox: Outbox, clientIds: ReadonlySet<string>): Outbox {
  return outbox.some((entry) => clientIds.has(entry.clientId))
    ? outbox.filter((entry) => !clientIds.has(entry.clientId))
    : outbox;
}

export function changed(outbox: Outbox, clientId: string, change: Partial<Outgoing>): Outbox {
  return outbox.map((entry) => (entry.clientId === clientId ? { ...entry, ...change } : entry));
}

/**
 * After an attempt that may be repeated: it waits for the next one. After the last one it is given up, together with
 * all that was written after it, since a later message must not overtake it.
 */
export function postponed(outbox: Outbox, clientId: string, error: NonNullable<Outgoing["error"]>): Outbox {
  const entry = outbox.find((candidate) => candidate.clientId === clientId);
  if (entry === undefined) return outbox;
  const attempts = entry.attempts + 1;
  if (attempts < MAX_ATTEMPTS) return changed(outbox, clientId, { state: "queued", attempts });
  return outbox.map((other) =>
    other.conversationId === entry.conversationId && other.state !== "failed"
      ? { ...other, state: "failed", error }
      : other,
  );
}

/** All given-up messages of the conversation take their turn again, in the order of writing. */
export function requeued(outbox: Outbox, conversationId: string): Outbox {
  return outbox.map((entry) => {
    if (entry.conversationId !== conversationId || entry.state !== "failed") return entry;
    const { clientId, content, createdAt } = entry;
    return { clientId, conversationId, content, createdAt, state: "queued", attempts: 0 };
  });
}
