import type { FailureCode } from "@/api/errors";
import type { Message } from "@/api/types";

/** A file that a message sends. */
export interface Enclosed {
  readonly id: string;
  readonly name: string;
  readonly mediaType: string;
  /** In bytes. */
  readonly size: number;
  /** Null until it is uploaded. */
  readonly url: string | null;
}

/** A message on its way to the server. */
export interface Outgoing {
  /** The same for every attempt, so that it is stored once. */
  readonly clientId: string;
  readonly conversationId: string;
  readonly content: string;
  /** The id of the message that it answers. */
  readonly replyTo?: string;
  readonly files?: readonly Enclosed[];
  /** The tab in which its files were chosen, and which alone can upload them. */
  readonly tab?: string;
  readonly createdAt: string;
  /** Later messages have greater ones, whichever tab they were written in. */
  readonly order: number;
  /** `queued` waits for its turn, the connection, its ack, or its next attempt. */
  readonly state: "queued" | "failed";
  readonly attempts: number;
  readonly error?: { readonly code: FailureCode; readonly message: string };
}

/** A message on its way in the words of those that are there. */
export function sentBy({ files = [] }: Outgoing): Pick<Message, "attachments" | "files"> {
  const views = files.map((file) => ({ ...file, fileId: file.id, url: file.url ?? "" }));
  return { attachments: views.map(({ url }) => url), files: views };
}

/** In the order of writing. */
export type Outbox = readonly Outgoing[];

/** How often a message is tried before its sender is asked. */
export const MAX_ATTEMPTS = 6;

/** With a new message at the end. Its `order` follows the clock, even when the clock is put back. */
export function added(
  outbox: Outbox,
  message: Pick<Outgoing, "clientId" | "conversationId" | "content" | "replyTo" | "files" | "tab">,
): Outbox {
  const now = Date.now();
  const order = Math.max(now, (outbox.at(-1)?.order ?? 0) + 1);
  const createdAt = new Date(now).toISOString();
  return [...outbox, { ...message, createdAt, order, state: "queued", attempts: 0 }];
}

/** Entries as they came from storage, in the order of writing. */
export function ordered(entries: readonly Outgoing[]): Outbox {
  return entries.toSorted((a, b) => a.order - b.order || (a.clientId < b.clientId ? -1 : 1));
}

/** What has to be stored and what to be removed to get from one state to the next. */
export function difference(before: Outbox, after: Outbox): { changed: Outgoing[]; removed: string[] } {
  const left = new Set(after.map(({ clientId }) => clientId));
  const known = new Set(before);
  return {
    changed: after.filter((entry) => !known.has(entry)),
    removed: before.map(({ clientId }) => clientId).filter((clientId) => !left.has(clientId)),
  };
}

/** The message of this conversation that is to be sent next; none while its files are being uploaded. */
export function nextToSend(outbox: Outbox, conversationId: string): Outgoing | undefined {
  const next = outbox.find((entry) => entry.conversationId === conversationId && entry.state !== "failed");
  return next === undefined || isPending(next) ? undefined : next;
}

/** Whether a message waits for files to be uploaded. */
export function isPending({ files = [] }: Outgoing): boolean {
  return files.some(({ url }) => url === null);
}

/** With a file of a message uploaded. */
export function uploaded(outbox: Outbox, clientId: string, fileId: string, url: string): Outbox {
  return outbox.map((entry) => {
    if (entry.clientId !== clientId || entry.files === undefined) return entry;
    return { ...entry, files: entry.files.map((file) => (file.id === fileId ? { ...file, url } : file)) };
  });
}

/** The conversations in which something waits to be sent. */
export function waitingIn(outbox: Outbox): Set<string> {
  return new Set(outbox.filter(({ state }) => state !== "failed").map(({ conversationId }) => conversationId));
}

/** Without the messages that the server is known to have. */
export function confirmed(outbox: Outbox, clientIds: ReadonlySet<string>): Outbox {
  return outbox.some((entry) => clientIds.has(entry.clientId))
    ? outbox.filter((entry) => !clientIds.has(entry.clientId))
    : outbox;
}

/** With one message refused for good. */
export function refused(outbox: Outbox, clientId: string, error: NonNullable<Outgoing["error"]>): Outbox {
  return outbox.map((entry) => (entry.clientId === clientId ? { ...entry, state: "failed", error } : entry));
}

/**
 * After an attempt that may be repeated: it waits for the next one. After the last one it is given up, together with
 * all that was written after it, since a later message must not overtake it.
 */
export function postponed(outbox: Outbox, clientId: string, error: NonNullable<Outgoing["error"]>): Outbox {
  const entry = outbox.find((candidate) => candidate.clientId === clientId);
  if (entry === undefined) return outbox;
  const attempts = entry.attempts + 1;
  if (attempts < MAX_ATTEMPTS) return outbox.map((other) => (other === entry ? { ...entry, attempts } : other));
  return outbox.map((other) =>
    other.conversationId === entry.conversationId && other.state !== "failed"
      ? { ...other, state: "failed", error }
      : other,
  );
}

/**
 * All given-up messages of the conversation take their turn again, in the order of writing; but not those whose files are
 * gone.
 */
export function requeued(outbox: Outbox, conversationId: string): Outbox {
  return outbox.map((entry) => {
    if (entry.conversationId !== conversationId || entry.state !== "failed" || isLost(entry)) return entry;
    const again: Outgoing & { error?: unknown } = { ...entry, state: "queued", attempts: 0 };
    delete again.error;
    return again;
  });
}

/** What tells best how far a conversation's messages are: the last that failed, else the last. */
export function foremostIn(outbox: Outbox, conversationId: string): Outgoing | undefined {
  const mine = (entry: Outgoing) => entry.conversationId === conversationId;
  return outbox.findLast((entry) => mine(entry) && entry.state === "failed") ?? outbox.findLast(mine);
}

/** Whether its files are gone with the tab in which they were chosen. */
export function isLost({ error }: Outgoing): boolean {
  return error?.code === "UPLOAD_LOST";
}
