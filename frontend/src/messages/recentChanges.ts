import type { Message } from "@/api/types";

/** What became of a message: applied to it as it was, gives it as it is. */
type Change = (message: Message) => Message;

/** How many are remembered: requests under way end within seconds. */
const MAX = 500;

/**
 * Edits and deletions told lately. A page of messages that was read before one of them, and arrives after it, is mended
 * by it.
 */
class RecentChanges {
  readonly #byId = new Map<string, { number: number; change: Change }>();

  note(id: string, number: number, change: Change): void {
    if ((this.#byId.get(id)?.number ?? 0) > number) return;
    this.#byId.delete(id);
    this.#byId.set(id, { number, change });
    const [oldest] = this.#byId.keys();
    if (this.#byId.size > MAX && oldest !== undefined) this.#byId.delete(oldest);
  }

  readonly applied = (message: Message): Message => {
    const known = this.#byId.get(message.id);
    return known === undefined || known.number <= (message.change ?? 0) ? message : known.change(message);
  };

  clear(): void {
    this.#byId.clear();
  }
}

export const recentChanges = new RecentChanges();
