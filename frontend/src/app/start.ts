import { create } from "zustand";
import { startSession, useSession, type Session } from "@/auth/session";

const userOf = (session: Session): number | null => (session.status === "signed-in" ? session.me.userId : null);

/** Whose chat is ready to be shown. `hasFailed`: the program itself could not be loaded. */
export const useEntered = create<{ user: number | null; hasFailed: boolean }>(() => ({ user: null, hasFailed: false }));

/** The chat is a program of its own: who is not signed in need not load it. */
const loadChat = () => import("./chat");

/** Ties the chat to the session: a user's data and connection live from sign-in to sign-out, and no longer. */
export function start(): void {
  useSession.subscribe((session, before) => {
    const [user, userBefore] = [userOf(session), userOf(before)];
    if (user === userBefore) return;
    useEntered.setState({ user: null, hasFailed: false });
    void change(session, user, userBefore).catch(() => useEntered.setState({ hasFailed: user !== null }));
  });
  startSession();
}

async function change(session: Session, user: number | null, userBefore: number | null): Promise<void> {
  const chat = await loadChat();
  if (userBefore !== null) {
    // A session that ended by itself takes nothing with it that exists only here; signing out does.
    chat.leave(userBefore, session.status === "signed-out" && session.ended);
  }
  if (user !== null && (await chat.enter(user))) useEntered.setState({ user });
}
