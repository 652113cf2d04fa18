import { queryClient } from "@/api/queryClient";
import { startSession, useSession, type Session } from "@/auth/session";
import { forgetReads } from "@/conversations/markRead";
import { clearDrafts } from "@/messages/drafts";
import { outbox } from "@/messages/outboxStore";
import { outboxStorage } from "@/messages/outboxStorage";
import { startRealtime, stopRealtime } from "@/realtime/connection";
import { deleteDatabase, openDatabase, type Database } from "@/storage/database";

const userOf = (session: Session): number | null => (session.status === "signed-in" ? session.me.userId : null);

/** Ties the parts to the session: a user's data and connection live from sign-in to sign-out, and no longer. */
export function start(): void {
  useSession.subscribe((session, before) => {
    const [user, userBefore] = [userOf(session), userOf(before)];
    if (user === userBefore) return;
    if (userBefore !== null) {
      leave();
      // A session that ended by itself takes nothing with it that exists only here; signing out does.
      if (session.status !== "signed-out" || !session.ended) void forget(userBefore);
    }
    if (user !== null) enter(user);
  });
  void startSession();
}

/** What is kept of the user signed in; null where the browser keeps nothing. */
let database: Database | null = null;

function enter(user: number): void {
  startRealtime(user);
  void keepOutbox(user);
}

function leave(): void {
  stopRealtime();
  queryClient.clear();
  outbox.detach();
  forgetReads();
  database?.close();
  database = null;
}

/** Lets the outbox outlive this tab, where the browser keeps anything at all. */
async function keepOutbox(user: number): Promise<void> {
  try {
    const opened = await openDatabase(user);
    if (userOf(useSession.getState()) !== user) {
      opened.close();
      return;
    }
    database = opened;
    await outbox.attach(outboxStorage(opened, () => void outbox.changedElsewhere()));
  } catch (error) {
    console.warn("This browser keeps nothing; unsent messages live as long as this tab.", error);
  }
}

async function forget(user: number): Promise<void> {
  clearDrafts(user);
  await deleteDatabase(user).catch((error: unknown) => console.warn("What was kept could not be deleted.", error));
}
