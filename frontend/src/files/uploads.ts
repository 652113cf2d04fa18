import { create } from "zustand";
import { asApiError, isRetryable, type FailureCode } from "@/api/errors";
import { newClientId } from "@/lib/clientId";
import { hold, type Hold } from "@/lib/hold";
import { backoff, delay } from "@/lib/time";
import { refused, uploaded, type Enclosed, type Outgoing } from "@/messages/outbox";
import { outbox, useOutbox } from "@/messages/outboxStore";
import { isPicture } from "./describe";
import { keepPreview } from "./previews";
import { transfer } from "./transfer";

/** The most files of a message. */
export const MAX_FILES = 10;
/** How many are under way at a time. */
const PARALLEL = 3;
/** How often one is tried before its sender is asked; while there is no connection it only waits. */
const MAX_ATTEMPTS = 5;

/** A file on its way to the server, in this tab. */
export interface Upload {
  readonly id: string;
  readonly conversationId: string;
  readonly file: File;
  /** Where a picture can be shown from. */
  readonly preview: string | null;
  /** The message that sends it; null while it waits in the composer. */
  readonly clientId: string | null;
  /** `offline` waits for the connection. */
  readonly state: "waiting" | "uploading" | "offline" | "done" | "failed";
  /** From 0 to 1. */
  readonly progress: number;
  /** Where it is, once it is done. */
  readonly url: string | null;
  readonly error?: { readonly code: FailureCode; readonly message: string; readonly status: number | null };
}

export const useUploads = create<{ uploads: readonly Upload[] }>(() => ({ uploads: [] }));

/** Tells this tab's uploads from those of others. */
export const TAB = newClientId();
/** Held while this tab lives, from its first upload on. */
export const lockOf = (tab: string): string => `warren-tab-${tab}`;
let alive: Hold | null = null;
const underWay = new Map<string, AbortController>();

const read = (): readonly Upload[] => useUploads.getState().uploads;
const find = (id: string): Upload | undefined => read().find((upload) => upload.id === id);

function change(id: string, changes: Partial<Upload>): void {
  useUploads.setState(({ uploads }) => ({
    uploads: uploads.map((upload) => (upload.id === id ? { ...upload, ...changes } : upload)),
  }));
}

/** Those that wait in the composer of a conversation. */
export function pickedIn(uploads: readonly Upload[], conversationId: string): Upload[] {
  return uploads.filter((upload) => upload.conversationId === conversationId && upload.clientId === null);
}

/** Puts files into the composer and begins to upload them; gives how many found room. */
export function pick(conversationId: string, files: readonly File[]): number {
  const room = MAX_FILES - pickedIn(read(), conversationId).length;
  const taken = files.slice(0, Math.max(0, room)).map((file): Upload => {
    const preview = isPicture(file.type) ? URL.createObjectURL(file) : null;
    return {
      id: newClientId(),
      conversationId,
      file,
      preview,
      clientId: null,
      state: "waiting",
      progress: 0,
      url: null,
    };
  });
  if (taken.length > 0 && (navigator as Partial<Navigator>).locks != null) alive ??= hold(lockOf(TAB), "exclusive");
  useUploads.setState(({ uploads }) => ({ uploads: [...uploads, ...taken] }));
  goOn();
  return taken.length;
}

/** Takes one away, wherever it is. */
export function cancel(id: string): void {
  underWay.get(id)?.abort();
  underWay.delete(id);
  const upload = find(id);
  useUploads.setState(({ uploads }) => ({ uploads: uploads.filter((other) => other.id !== id) }));
  if (upload?.preview != null && upload.url === null) URL.revokeObjectURL(upload.preview);
  goOn();
}

export function retry(id: string): void {
  change(id, { state: "waiting", progress: 0 });
  goOn();
}

/** Sends a message with what waits in the composer; resolves when it would survive the tab, but for what is not uploaded. */
export async function sendWith(
  conversationId: string,
  content: string,
  more: Pick<Outgoing, "replyTo"> = {},
): Promise<void> {
  const picked = pickedIn(read(), conversationId);
  const clientId = newClientId();
  const files = picked.map(({ id, file, url }): Enclosed => {
    return { id, name: file.name, mediaType: file.type, size: file.size, url };
  });
  const stored = outbox.add(conversationId, content, { ...more, clientId, files, tab: TAB });
  picked.forEach(({ id }) => change(id, { clientId }));
  await stored;
}

/** Forgets all: the user has left. */
export function forgetUploads(): void {
  read().forEach(({ id }) => cancel(id));
}

function goOn(): void {
  const free = PARALLEL - underWay.size;
  const next = read().filter(({ state }) => state === "waiting");
  for (const { id } of next.slice(0, Math.max(0, free))) void run(id);
}

async function run(id: string): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  underWay.set(id, controller);
  let attempt = 0;
  for (let upload = find(id); upload !== undefined; upload = find(id)) {
    const { conversationId, file, preview } = upload;
    change(id, { state: "uploading", progress: 0 });
    try {
      const onProgress = (progress: number) => change(id, { progress });
      const { url } = await transfer(conversationId, file, { clientId: id, onProgress, signal });
      if (signal.aborted) return;
      if (preview !== null) keepPreview(url, preview);
      change(id, { state: "done", progress: 1, url });
      await tellMessage(id);
      break;
    } catch (thrown) {
      if (signal.aborted) return;
      const { code, message, status } = asApiError(thrown);
      const error = { code, message, status };
      if (code === "OFFLINE") change(id, { state: "offline", error });
      else attempt += 1;
      if (!isRetryable(asApiError(thrown)) || attempt >= MAX_ATTEMPTS) {
        change(id, { state: "failed", error });
        await tellMessage(id);
        break;
      }
      await delay(backoff(attempt, 500, 5_000));
    }
  }
  underWay.delete(id);
  goOn();
}

/** Tells the message that waits for an upload what became of it. */
async function tellMessage(id: string): Promise<void> {
  const { clientId, conversationId, url, error } = find(id) ?? {};
  if (clientId == null || conversationId === undefined) return;
  if (url != null) await outbox.update((entries) => uploaded(entries, clientId, id, url));
  else if (error !== undefined) await outbox.update((entries) => refused(entries, clientId, error));
  outbox.wake(conversationId);
}

/** What belongs to a message follows it: gone with it, tried again with it. */
useOutbox.subscribe(({ entries }) => {
  for (const { id, clientId, state } of read()) {
    if (clientId === null) continue;
    const entry = entries.find((candidate) => candidate.clientId === clientId);
    if (entry === undefined) cancel(id);
    else if (state === "failed" && entry.state === "queued") retry(id);
  }
});
