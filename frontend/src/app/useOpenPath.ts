import { useCallback } from "react";
import { useNavigate } from "react-router";
import { FROM_LIST } from "./BackToChats";
import { isNarrow } from "./listBelow";

/**
 * Opens a page from wherever somebody is. On narrow screens the list stays one step back: a conversation gives way to
 * what is opened from it.
 */
export function useOpenPath(): (path: string) => void {
  const navigate = useNavigate();
  return useCallback(
    (path) => {
      // As it is now: some of those who open pages were drawn long ago.
      const { pathname } = window.location;
      const { usr } = (window.history.state ?? {}) as { usr?: unknown };
      if (pathname === "/") void navigate(path, { state: FROM_LIST });
      else if (isNarrow() && /^\/c\/[^/]+$/.test(pathname)) void navigate(path, { replace: true, state: usr });
      else void navigate(path);
    },
    [navigate],
  );
}
