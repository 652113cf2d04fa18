import { create } from "zustand";

/** How often a page that stays open asks for a new version, beside the browser's own asking when it is opened. */
const UPDATE_MS = 60 * 60_000;

/** The new version that waits to take over, if there is one. */
export const useUpdate = create<{ waiting: ServiceWorker | null }>(() => ({ waiting: null }));

/** Lets the app open without a network. Where that cannot be, it is an ordinary page. */
export async function registerServiceWorker(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  // It is for the next start: this one's loading goes first.
  if (document.readyState !== "complete") {
    await new Promise((resolve) => window.addEventListener("load", resolve, { once: true }));
  }
  try {
    const registration = await navigator.serviceWorker.register("/sw.js");
    watch(registration);
    setInterval(() => void registration.update().catch(() => undefined), UPDATE_MS);
  } catch (error) {
    console.warn("The app cannot be kept for use without a network.", error);
  }
}

/** Reloads the page as the new version. Nothing is lost: what was written is kept. */
export function update(): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  useUpdate.getState().waiting?.postMessage("take-over");
}

function watch(registration: ServiceWorkerRegistration): void {
  const offer = () => {
    // The first version of all has nothing to replace.
    if (registration.waiting !== null && navigator.serviceWorker.controller !== null) {
      useUpdate.setState({ waiting: registration.waiting });
    }
  };
  offer();
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
}
