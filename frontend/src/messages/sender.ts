import { asApiError, isRetryable } from "@/api/errors";
import type { Message, SendMessage } from "@/api/types";
import { changed, confirmed, nextToSend, postponed, type Outbox } from "./outbox";

export interface SenderOptions {
  read: () => Outbox;
  write: (update: (outbox: Outbox) => Outbox) => void;
  /** Sends one message and resolves with what was stored. */
  send: (message: SendMessage) => Promise<Message>;
  /** Whether there is a connection that has caught up. */
  isReady: () => boolean;
  /** Called once for each message that was acknowledged. */
  onStored: (message: Message) => void;
  /** Waits before the given attempt is repeated. */
  pause: (attempt: number) => Promise<void>;
}

/** Sends what the outbox holds: one message of a conversation at a time, in the order of writing. */
export class Sender {
  readonly #busy = new Set<string>();

  constructor(private readonly options: SenderOptions) {}

  /** Sends all that waits, in all conversations. */
  flush(): void {
    const waiting = this.options.read().filter((entry) => entry.state !== "failed");
    for (const id of new Set(waiting.map((entry) => entry.conversationId))) void this.drain(id);
  }

  /** Sends what waits in one conversation. */
  async drain(conversationId: string): Promise<void> {
    if (this.#busy.has(conversationId)) return;
    this.#busy.add(conversationId);
    try {
      for (;;) {
        const entry = nextToSend(this.options.read(), conversationId);
        if (entry === undefined || !this.options.isReady()) return;
        await this.#attempt(entry.clientId);
      }
    } finally {
      this.#busy.delete(conversationId);
    }
  }

  async #attempt(clientId: string): Promise<void> {
    const { read, write, send, onStored, pause } = this.options;
    write((outbox) => changed(outbox, clientId, { state: "sending" }));
    const entry = read().find((candidate) => candidate.clientId === clientId);
    if (entry === undefined) return;
    try {
      const { conversationId, content } = entry;
      onStored(await send({ conversationId, content, clientId }));
      write((outbox) => confirmed(outbox, new Set([clientId])));
    } catch (thrown) {
      const error = asApiError(thrown);
      const { code, message } = error;
      if (code === "OFFLINE") {
        write((outbox) => changed(outbox, clientId, { state: "queued" }));
        // The connection may be back already, before the state of it is.
        await pause(0);
      } else if (isRetryable(error)) {
        write((outbox) => postponed(outbox, clientId, { code, message }));
        await pause(entry.attempts);
      } else {
        write((outbox) => changed(outbox, clientId, { state: "failed", error: { code, message } }));
      }
    }
  }
}
