import { queryClient } from "@/api/queryClient";
import { startSession, useSession, type Session } from "@/auth/session";
import { forgetReads } from "@/conversations/markRead";
import { useDrafts } from "@/messages/drafts";
import { outbox } from "@/messages/outboxStore";
import { startRealtime, stopRealtime } from "@/realtime/connection";

const userOf = (session: Session): number | null => (session.status === "signed-in" ? session.me.userId : null);

/** Ties the parts to the session: a user's data and connection live from sign-in to sign-out, and no longer. */
export function start(): void {
  useSession.subscribe((session, before) => {
    const [user, userBefore] = [userOf(session), userOf(before)];
    if (user === userBefore) return;
    if (userBefore !== null) {
      stopRealtime();
      queryClient.clear();
      outbox.clear();
      forgetReads();
      useDrafts.setState({}, true);
    }
    if (user !== null) startRealtime(user);
  });
  void startSession();
}
