import { send } from "@/api/http";
import type { SignedIn } from "@/api/types";
import { tabsLock } from "@/lib/lock";
import { TokenKeeper } from "./tokenKeeper";

interface Listener {
  renewed: (session: SignedIn) => void;
  ended: () => void;
}

let listener: Listener = { renewed: () => undefined, ended: () => undefined };

/** Sets who hears of renewals and of the session's end. */
export function listenToTokens(next: Listener): void {
  listener = next;
}

/** The one holder of this tab's access token. */
export const tokens = new TokenKeeper({
  refresh: () => send<SignedIn>("POST", "/auth/refresh", { body: {} }),
  lock: tabsLock("warren-refresh"),
  onRenewed: (session) => listener.renewed(session),
  onEnded: () => listener.ended(),
});
