import { create } from "zustand";
import { send } from "@/api/http";
import { ApiError } from "@/api/errors";
import type { Login, Me, Register, SignedIn } from "@/api/types";
import { onTabMessage, tellTabs } from "./tabs";
import { listenToTokens, tokens } from "./tokens";

/** Who uses this tab. `unreachable`: there may be a session, but the server could not be asked. */
export type Session =
  | { status: "starting" }
  | { status: "unreachable" }
  | { status: "signed-out"; ended: boolean }
  | { status: "signed-in"; me: Me };

export const useSession = create<Session>(() => ({ status: "starting" }));

/** Remembers that there is a refresh cookie, which scripts cannot see; spares visitors a refused request. */
const HINT = "warren.session";

function begin(session: SignedIn): void {
  tokens.hold(session);
  localStorage.setItem(HINT, "1");
  useSession.setState({ status: "signed-in", me: session.user }, true);
}

function end(ended: boolean): void {
  tokens.drop();
  localStorage.removeItem(HINT);
  useSession.setState({ status: "signed-out", ended }, true);
}

const RETRY_MS = 5_000;

/** Finds out, once per page load, whether this browser is signed in. Asks again while there is no answer. */
export async function startSession(): Promise<void> {
  if (localStorage.getItem(HINT) === null) {
    end(false);
    return;
  }
  try {
    await tokens.renew();
  } catch (error) {
    if (error instanceof ApiError && error.code === "AUTH_INVALID") return;
    useSession.setState({ status: "unreachable" }, true);
    setTimeout(() => {
      if (useSession.getState().status === "unreachable") void startSession();
    }, RETRY_MS);
  }
}

async function enter(path: string, body: Login | Register): Promise<void> {
  const session = await send<SignedIn>("POST", path, { body });
  begin(session);
  tellTabs({ kind: "signed-in", session });
}

export const signIn = (login: Login): Promise<void> => enter("/auth/login", login);
export const signUp = (account: Register): Promise<void> => enter("/auth/register", account);

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
  ended: () => end(true),
});

onTabMessage((message) => {
  if (message.kind === "signed-in") begin(message.session);
  else end(false);
});
