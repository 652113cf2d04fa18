import { create } from "zustand";
import { send } from "@/api/http";
import { ApiError } from "@/api/errors";
import type { Login, Me, Register, SignedIn } from "@/api/types";
import { readStoredMe, storeMe } from "./storedMe";
import { onTabMessage, tellTabs } from "./tabs";
import { listenToTokens, tokens } from "./tokens";

/** Who uses this tab. `ended`: there was a session until the server ended it. */
export type Session = { status: "signed-out"; ended: boolean } | { status: "signed-in"; me: Me };

export const useSession = create<Session>(() => ({ status: "signed-out", ended: false }));

function begin(session: SignedIn): void {
  tokens.hold(session);
  storeMe(session.user);
  useSession.setState({ status: "signed-in", me: session.user }, true);
}

function end(ended: boolean): void {
  tokens.drop();
  storeMe(null);
  useSession.setState({ status: "signed-out", ended }, true);
}

/**
 * Goes on with the session this browser last had, without waiting for the server: it may not be reached. Should the
 * session be over, its end follows.
 */
export function startSession(): void {
  const me = readStoredMe();
  if (me === null) return;
  useSession.setState({ status: "signed-in", me }, true);
  // Without an answer there is nothing to do here: whoever needs a token asks for one.
  tokens.renew().catch(() => undefined);
}

async function enter(path: string, body: Login | Register): Promise<void> {
  const session = await send<SignedIn>("POST", path, { body });
  begin(session);
  tellTabs({ kind: "signed-in", session });
}

export const signIn = (login: Login): Promise<void> => enter("/auth/login", login);
export const signUp = (account: Register): Promise<void> => enter("/auth/register", account);

/** Takes over what the user is called now, or may do. */
export function updateMe(change: Partial<Me>): void {
  const session = useSession.getState();
  if (session.status !== "signed-in") return;
  const me = { ...session.me, ...change };
  storeMe(me);
  useSession.setState({ status: "signed-in", me }, true);
}

let leaving = false;

/** Whether the user is signing out, so that a session that ends is no surprise. */
export const isLeaving = (): boolean => leaving;

/** Ends the session on the server, here, and in the other tabs. */
export async function signOut(): Promise<void> {
  leaving = true;
  try {
    const token = await tokens.fresh().catch(() => undefined);
    await send("POST", "/auth/logout", { token, body: {} }).catch((error: unknown) => {
      // A session that is already over is what was wanted.
      if (!(error instanceof ApiError) || error.code !== "AUTH_INVALID") throw error;
    });
    end(false);
    tellTabs({ kind: "signed-out" });
  } finally {
    leaving = false;
  }
}

listenToTokens({
  renewed: (session) => {
    begin(session);
    tellTabs({ kind: "signed-in", session });
  },
  ended: () => {
    // Requests that cross with signing out are refused; that is no surprise either.
    if (!leaving && useSession.getState().status === "signed-in") end(true);
  },
});

onTabMessage((message) => {
  if (message.kind === "signed-in") begin(message.session);
  else end(false);
});
