import { create } from "zustand";
import { newClientId } from "@/lib/clientId";
import { added, confirmed, difference, requeued, waitingIn, type Outbox, type Outgoing } from "./outbox";
import type { OutboxStorage } from "./outboxStorage";

/** Messages on their way, of all tabs. */
export const useOutbox = create<{ entries: Outbox }>(() => ({ entries: [] }));

/** Null before sign-in, and where the browser keeps nothing: the outbox then lives as long as the tab. */
let storage: OutboxStorage | null = null;
let wake: (conversationId: string) => void = () => undefined;
/** Counts changes made here, so that what was read from storage before one is known to be outdated. */
let changes = 0;
/** What is being stored. */
let saving: Promise<unknown> = Promise.resolve();

const read = (): Outbox => useOutbox.getState().entries;

/** Changes the outbox at once; resolves when the change is stored. */
async function update(change: (outbox: Outbox) => Outbox): Promise<void> {
  const before = read();
  const after = change(before);
  if (after === before) return;
  changes += 1;
  useOutbox.setState({ entries: after });
  const { changed, removed } = difference(before, after);
  await save((kept) => kept.save(changed, removed));
}

async function save(work: (kept: OutboxStorage) => Promise<void>): Promise<void> {
  const kept = storage;
  if (kept === null) return;
  const saved = work(kept).catch((error: unknown) => giveUp(kept, error));
  saving = Promise.all([saving, saved]);
  await saved;
}

/** What cannot be stored stays in memory, rather than being taken for removed. */
function giveUp(failing: OutboxStorage, error: unknown): void {
  if (storage !== failing) return;
  console.warn("Unsent messages cannot be kept in this browser; they live as long as this tab.", error);
  storage.close();
  storage = null;
}

/** Takes over what other tabs have changed. */
async function refresh(): Promise<void> {
  const kept = storage;
  if (kept === null) return;
  let seen: number;
  let entries: Outbox;
  do {
    seen = changes;
    try {
      entries = await kept.load();
    } catch (error) {
      giveUp(kept, error);
      return;
    }
  } while (seen !== changes);
  if (storage === kept) useOutbox.setState({ entries });
}

function wakeAll(): void {
  waitingIn(read()).forEach((conversationId) => wake(conversationId));
}

export const outbox = {
  read,
  update,
  refresh,
  /** Resolves when all that was changed here so far is stored. */
  settled: async (): Promise<void> => {
    await saving;
  },
  /** Sets who sends what is put in. */
  onWork: (listener: (conversationId: string) => void): void => {
    wake = listener;
  },
  /** Continues with what is stored; what was written before joins it. */
  attach: async (next: OutboxStorage): Promise<void> => {
    storage = next;
    await save((kept) => kept.save(read(), []));
    await outbox.changedElsewhere();
  },
  /** Called when another tab has changed what is stored. */
  changedElsewhere: async (): Promise<void> => {
    await refresh();
    wakeAll();
  },
  /** Forgets everything, without touching what is stored. */
  detach: (): void => {
    storage?.close();
    storage = null;
    changes += 1;
    useOutbox.setState({ entries: [] });
  },
  /** Shows the message as on its way at once; resolves when it would survive the tab. */
  add: async (
    conversationId: string,
    content: string,
    more: Partial<Pick<Outgoing, "clientId" | "replyTo" | "files" | "tab">> = {},
  ): Promise<void> => {
    const stored = update((entries) => added(entries, { clientId: newClientId(), conversationId, content, ...more }));
    wake(conversationId);
    await stored;
  },
  /** Has what waits in a conversation sent: something that it waited for has happened. */
  wake: (conversationId: string): void => wake(conversationId),
  retry: (conversationId: string): void => {
    void update((entries) => requeued(entries, conversationId));
    wake(conversationId);
  },
  discard: (clientId: string): void => void update((entries) => confirmed(entries, new Set([clientId]))),
  confirm: (clientIds: ReadonlySet<string>): void => void update((entries) => confirmed(entries, clientIds)),
};
