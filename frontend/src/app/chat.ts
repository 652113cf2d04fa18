import { queryClient } from "@/api/queryClient";
import { forgetReads, resumeReads } from "@/conversations/markRead";
import { forgetDelivered } from "@/conversations/markDelivered";
import { watchForLost } from "@/files/lost";
import { forgetUploads } from "@/files/uploads";
import { clearDrafts } from "@/messages/drafts";
import { outbox } from "@/messages/outboxStore";
import { outboxStorage } from "@/messages/outboxStorage";
import { recentChanges } from "@/messages/recentChanges";
import { startRealtime, stopRealtime } from "@/realtime/connection";
import { deleteDatabase, openDatabase, type Database } from "@/storage/database";
import { keepLastKnown, readLastKnown } from "@/storage/lastKnown";

/** What is kept of the user signed in; null where the browser keeps nothing. */
let database: Database | null = null;
let stopKeeping: () => void = () => undefined;
let stopWatching: () => void = () => undefined;

/** Counts users coming and going, so that work for one who has left knows it. */
let generation = 0;

/** Takes up a user's chat where this browser left it; false when they have left meanwhile. */
export async function enter(user: number): Promise<boolean> {
  generation += 1;
  const mine = generation;
  try {
    const opened = await openDatabase(user);
    const kept = await readLastKnown(opened);
    if (mine !== generation) {
      opened.close();
      return false;
    }
    database = opened;
    kept.forEach(({ key, data }) => queryClient.setQueryData(key, data));
    stopKeeping = keepLastKnown(opened, queryClient);
    await outbox.attach(outboxStorage(opened, () => void outbox.changedElsewhere()));
  } catch (error) {
    console.warn("This browser keeps nothing; what is not sent lives as long as this tab.", error);
  }
  if (mine !== generation) return false;
  stopWatching = watchForLost();
  startRealtime(user);
  resumeReads(user);
  return true;
}

/** Forgets a user's chat: all of it, or (`isEnded`) only what the server can tell again. */
export function leave(user: number, isEnded: boolean): void {
  generation += 1;
  stopRealtime();
  stopKeeping();
  stopWatching();
  forgetUploads();
  queryClient.clear();
  recentChanges.clear();
  forgetDelivered();
  outbox.detach();
  forgetReads(isEnded ? null : user);
  if (isEnded) database?.clear("queries").catch(warn);
  database?.close();
  database = null;
  if (isEnded) return;
  clearDrafts(user);
  deleteDatabase(user).catch(warn);
}

function warn(error: unknown): void {
  console.warn("What was kept could not be deleted.", error);
}
