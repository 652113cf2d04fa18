import { useSyncExternalStore } from "react";

/** The local day; whoever shows times as people name them ("Yesterday") is drawn anew when it changes. */
export function useToday(): string {
  return useSyncExternalStore(subscribe, () => new Date().toDateString());
}

function subscribe(onChange: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = () => {
    const now = new Date();
    const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
    timer = setTimeout(pass, midnight.getTime() - now.getTime());
  };
  const pass = () => {
    onChange();
    wait();
  };
  wait();
  // Timers stand still while the machine sleeps.
  document.addEventListener("visibilitychange", onChange);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onChange);
  };
}
