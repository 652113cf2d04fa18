import type { SignedIn } from "@/api/types";

/** What tabs of one browser tell each other. The token never leaves memory: a channel stores nothing. */
export type TabMessage = { kind: "signed-in"; session: SignedIn } | { kind: "signed-out" };

const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("warren-session");

/** Tells the other tabs. */
export function tellTabs(message: TabMessage): void {
  channel?.postMessage(message);
}

/** Hears the other tabs. */
export function onTabMessage(listener: (message: TabMessage) => void): void {
  channel?.addEventListener("message", (event: MessageEvent<TabMessage>) => listener(event.data));
}
