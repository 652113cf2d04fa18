import { CloudOff, LoaderCircle } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { announce } from "@/lib/announce";
import { t } from "@/locales";
import { useConnection, type ConnectionStatus } from "@/realtime/connection";

/** What passes quicker than this is not worth a word. */
const QUIET_MS = 1_500;

/** Says quietly when the connection is not what it should be. */
export function ConnectionBanner() {
  const status = useConnection((connection) => connection.status);
  const isOnline = useSyncExternalStore(subscribeToNetwork, () => navigator.onLine);
  const text = describe(status, isOnline);
  const isPatient = useLasts(status !== "online" && status !== "lost", QUIET_MS);
  const shown = status === "lost" || isPatient ? text : null;
  useEffect(() => {
    if (shown !== null) announce(shown);
  }, [shown]);

  if (shown === null) return null;
  return (
    <p
      role="note"
      className="flex items-center justify-center gap-2 bg-notice-soft px-4 py-1.5 text-center text-xs text-notice-ink"
    >
      {isOnline ? (
        <LoaderCircle aria-hidden className="size-3.5 shrink-0 animate-spin" />
      ) : (
        <CloudOff aria-hidden className="size-3.5 shrink-0" />
      )}
      {shown}
    </p>
  );
}

function describe(status: ConnectionStatus, isOnline: boolean): string | null {
  if (status === "online") return null;
  if (!isOnline) return t("connection.offline");
  if (status === "catching-up") return t("connection.catchingUp");
  return t(status === "lost" ? "connection.lost" : "connection.connecting");
}

/** Whether `condition` has held for `ms` milliseconds. */
function useLasts(condition: boolean, ms: number): boolean {
  const [lasts, setLasts] = useState(false);
  useEffect(() => {
    if (!condition) return;
    const timer = setTimeout(() => setLasts(true), ms);
    return () => {
      clearTimeout(timer);
      setLasts(false);
    };
  }, [condition, ms]);
  return lasts;
}

function subscribeToNetwork(onChange: () => void): () => void {
  window.addEventListener("online", onChange);
  window.addEventListener("offline", onChange);
  return () => {
    window.removeEventListener("online", onChange);
    window.removeEventListener("offline", onChange);
  };
}
