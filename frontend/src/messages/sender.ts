import { asApiError, isRetryable } from "@/api/errors";
import type { Message, SendMessage } from "@/api/types";
import type { Lock } from "@/lib/lock";
import { confirmed, nextToSend, postponed, refused, waitingIn, type Outbox } from "./outbox";

export interface SenderOptions {
  read: () => Outbox;
  /** Takes over what other tabs have sent or written. */
  refresh: () => Promise<void>;
  write: (update: (outbox: Outbox) => Outbox) => Promise<void>;
  /** Held while a conversation's messages are sent, so that no other tab sends them as well. */
  lockOf: (conversationId: string) => Lock;
  /** Sends one message and resolves with what was stored. */
  send: (message: SendMessage) => Promise<Message>;
  /** Whether there is a connection that has caught up. */
  isReady: () => boolean;
  /** Called once for each message that was acknowledged. */
  onStored: (message: Message) => void;
  /** Waits before the given attempt is repeated. */
  pause: (attempt: number) => Promise<void>;
}

/** Sends what the outbox holds: one message of a conversation at a time, by one tab, in the order of writing. */
export class Sender {
  readonly #busy = new Set<string>();

  constructor(private readonly options: SenderOptions) {}

  /** Sends all that waits, in all conversations, and what a tab left that was closed before it could tell. */
  async flush(): Promise<void> {
    await this.options.refresh();
    for (const id of waitingIn(this.options.read())) void this.drain(id);
  }

  /** Sends what waits in one conversation. */
  async drain(conversationId: string): Promise<void> {
    if (this.#busy.has(conversationId)) return;
    this.#busy.add(conversationId);
    const lock = this.options.lockOf(conversationId);
    try {
      while (this.#next(conversationId) !== undefined) await lock(() => this.#sendAll(conversationId));
    } finally {
      this.#busy.delete(conversationId);
    }
  }

  async #sendAll(conversationId: string): Promise<void> {
    await this.options.refresh();
    for (;;) {
      const clientId = this.#next(conversationId);
      if (clientId === undefined) return;
      await this.#attempt(clientId);
    }
  }

  #next(conversationId: string): string | undefined {
    const { isReady, read } = this.options;
    return isReady() ? nextToSend(read(), conversationId)?.clientId : undefined;
  }

  async #attempt(clientId: string): Promise<void> {
    const { read, write, send, onStored, pause } = this.options;
    const entry = read().find((candidate) => candidate.clientId === clientId);
    if (entry === undefined) return;
    try {
      const { conversationId, content, replyTo, files = [] } = entry;
      const attachments = files.flatMap(({ url }) => url ?? []);
      const message = { conversationId, content, clientId, ...(replyTo !== undefined && { replyTo }) };
      onStored(await send({ ...message, ...(attachments.length > 0 && { attachments }) }));
      await write((outbox) => confirmed(outbox, new Set([clientId])));
    } catch (thrown) {
      const error = asApiError(thrown);
      const { code, violations } = error;
      // Of a field that is wrong it is told what is wrong with it.
      const message = violations[0]?.message ?? error.message;
      if (code === "OFFLINE") {
        // The connection may be back already, before the state of it is.
        await pause(0);
      } else if (isRetryable(error)) {
        await write((outbox) => postponed(outbox, clientId, { code, message }));
        await pause(entry.attempts);
      } else {
        await write((outbox) => refused(outbox, clientId, { code, message }));
      }
    }
  }
}
