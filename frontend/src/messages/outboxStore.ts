import { create } from "zustand";
import { newClientId } from "@/lib/clientId";
import { changed, confirmed, requeued, type Outbox, type Outgoing } from "./outbox";

/** Messages on their way, for this tab. */
export const useOutbox = create<{ entries: Outbox }>(() => ({ entries: [] }));

const update = (change: (outbox: Outbox) => Outbox): void =>
  useOutbox.setState(({ entries }) => {
    const next = change(entries);
    return next === entries ? {} : { entries: next };
  });

let wake: (conversationId: string) => void = () => undefined;

export const outbox = {
  read: (): Outbox => useOutbox.getState().entries,
  update,
  /** Sets who sends what is put in. */
  onWork: (listener: (conversationId: string) => void): void => {
    wake = listener;
  },
  add: (conversationId: string, content: string): void => {
    const entry: Outgoing = {
      clientId: newClientId(),
      conversationId,
      content,
      createdAt: new Date().toISOString(),
      state: "queued",
      attempts: 0,
    };
    update((entries) => [...entries, entry]);
    wake(conversationId);
  },
  retry: (conversationId: string): void => {
    update((entries) => requeued(entries, conversationId));
    wake(conversationId);
  },
  discard: (clientId: string): void => update((entries) => confirmed(entries, new Set([clientId]))),
  confirm: (clientIds: ReadonlySet<string>): void => update((entries) => confirmed(entries, clientIds)),
  /** After the connection was lost: what was under way waits again. */
  pause: (): void =>
    update((entries) =>
      entries
        .filter((entry) => entry.state === "sending")
        .reduce<Outbox>((left, entry) => changed(left, entry.clientId, { state: "queued" }), entries),
    ),
  clear: (): void => useOutbox.setState({ entries: [] }),
};
