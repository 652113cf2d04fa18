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
  /** Where in the app a click leads. */
  path: string;
}

type Describe = (notification: Notification) => Alert;

/** What this page has put on the desktop by itself, by notification. */
const shown = new Map<string, globalThis.Notification>();
let describe: Describe | null = null;
let open: (path: string) => void = () => undefined;
let alerting: Hold | null = null;

/** Whether this browser has them at all, and the tabs can agree on which one shows them. */
export const canAlert = (): boolean => "Notification" in window && "locks" in navigator;

/** Shows what is new on the desktop while nobody can see a tab, until the function it returns is called. */
export function startAlerts(next: Describe, onOpen: (path: string) => void): () => void {
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
  open = onOpen;
  const container = (navigator as Partial<Navigator>).serviceWorker;
  look();
  document.addEventListener("visibilitychange", look);
  container?.addEventListener("message", follow);
  return () => {
    document.removeEventListener("visibilitychange", look);
    container?.removeEventListener("message", follow);
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
  const { title, body, path } = describe(notification);
  const { id } = notification;
  const options = { body, tag: id, icon: "/icons/192.png" };
  try {
    const worker = await registration();
    // One that is only replaced would come without a sound.
    await closeIn(worker, id);
    // Chrome on Android knows those of a service worker only, and they outlive the page.
    if (worker !== undefined) await worker.showNotification(title, { ...options, data: { path } });
    else showHere(id, title, options, path);
  } catch (error) {
    console.warn("This browser shows nothing on the desktop.", error);
  }
}

/** Takes back what was read or is gone; everything if none is named. */
export function closeAlert(id: string | null): void {
  registration()
    .then((worker) => closeIn(worker, id))
    .catch((error: unknown) => console.warn("What is on the desktop could not be taken back.", error));
}

function showHere(id: string, title: string, options: NotificationOptions, path: string): void {
  const alert = new window.Notification(title, options);
  shown.set(id, alert);
  alert.onclick = () => {
    window.focus();
    closeAlert(id);
    open(path);
  };
}

async function closeIn(worker: ServiceWorkerRegistration | undefined, id: string | null): Promise<void> {
  for (const [shownId, alert] of shown) {
    if (id !== null && id !== shownId) continue;
    alert.close();
    shown.delete(shownId);
  }
  const others = await worker?.getNotifications(id === null ? {} : { tag: id });
  others?.forEach((alert) => alert.close());
}

/** The service worker that can show notifications, if there is one. */
async function registration(): Promise<ServiceWorkerRegistration | undefined> {
  const found = await (navigator as Partial<Navigator>).serviceWorker?.getRegistration();
  return found?.active == null ? undefined : found;
}

/** Opens what was clicked on the desktop, as the service worker tells. */
function follow({ data }: MessageEvent<unknown>): void {
  const { openPath } = (data ?? {}) as { openPath?: unknown };
  if (typeof openPath === "string") open(openPath);
}
