import type { Notification } from "@/api/types";
import { hold, isHeldAnywhere, type Hold } from "@/lib/hold";

/** Held by every tab that can be seen: while there is one, nothing is shown on the desktop. */
const VISIBLE = "warren-visible";
/** Held by the one tab that shows. */
const ALERTING = "warren-alerting";

/** What is shown for a notification on the desktop. */
export interface Alert {
  title: string;
  body: string;
  onClick: () => void;
}

type Describe = (notification: Notification) => Alert;

/** What is on the desktop, by notification. */
const shown = new Map<string, globalThis.Notification>();
let describe: Describe | null = null;
let alerting: Hold | null = null;

/** Whether this browser has them at all, and the tabs can agree on which one shows them. */
export const canAlert = (): boolean => "Notification" in window && "locks" in navigator;

/** Shows what is new on the desktop while nobody can see a tab, until the function it returns is called. */
export function startAlerts(next: Describe): () => void {
  let visible: Hold | null = null;
  const look = () => {
    if (document.visibilityState === "visible") {
      visible ??= hold(VISIBLE, "shared");
      closeAlert(null);
    } else {
      visible?.release();
      visible = null;
    }
  };
  alerting = hold(ALERTING, "exclusive");
  describe = next;
  look();
  document.addEventListener("visibilitychange", look);
  return () => {
    document.removeEventListener("visibilitychange", look);
    closeAlert(null);
    visible?.release();
    alerting?.release();
    alerting = describe = null;
  };
}

/** Tells of news, if somebody may want to be called. */
export async function alertOf(notification: Notification): Promise<void> {
  if (describe === null || alerting?.isHeld() !== true || document.visibilityState === "visible") return;
  if (window.Notification.permission !== "granted" || (await isHeldAnywhere(VISIBLE))) return;
  const { title, body, onClick } = describe(notification);
  const { id } = notification;
  // One that is only replaced would come without a sound.
  closeAlert(id);
  try {
    const alert = new window.Notification(title, { body, tag: id, icon: "/icons/192.png" });
    shown.set(id, alert);
    alert.onclick = () => {
      window.focus();
      closeAlert(id);
      onClick();
    };
  } catch (error) {
    console.warn("This browser shows nothing on the desktop.", error);
  }
}

/** Takes back what was read or is gone; everything if none is named. */
export function closeAlert(id: string | null): void {
  for (const [shownId, alert] of shown) {
    if (id !== null && id !== shownId) continue;
    alert.close();
    shown.delete(shownId);
  }
}
