import { useEffect } from "react";
import { useUploads } from "./uploads";

/** Has the browser ask before the page closes while files are not uploaded or not sent: they would be gone. */
export function useLeaveWarning(): void {
  const hasSome = useUploads(({ uploads }) =>
    uploads.some(({ clientId, state }) => clientId === null || (state !== "done" && state !== "failed")),
  );
  useEffect(() => {
    if (!hasSome) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [hasSome]);
}
