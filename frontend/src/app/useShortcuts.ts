import { useEffect } from "react";
import { useNavigate, useParams } from "react-router";
import { neighbour } from "@/conversations/cache";
import { readConversations } from "@/conversations/queries";
import { isWriting, shortcutOf } from "./keys";
import { showOverlay, useOverlay, type Overlay } from "./overlay";

/** The keys that work everywhere in the app. */
export function useShortcuts(): void {
  const navigate = useNavigate();
  const { conversationId } = useParams();

  useEffect(() => {
    const toggle = (overlay: Overlay) => showOverlay(useOverlay.getState().open === overlay ? null : overlay);
    const onKeyDown = (event: KeyboardEvent) => {
      // Menus and the like have taken what was meant for them.
      if (event.defaultPrevented) return;
      const shortcut = shortcutOf(event, isWriting(event.target));
      if (shortcut === null) return;
      const isDialogOpen = document.querySelector("dialog[open]") !== null;
      if (isDialogOpen && useOverlay.getState().open === null) return;
      if (shortcut === "close") {
        // An open dialog closes by itself.
        if (!isDialogOpen) void navigate(above(window.location.pathname));
        return;
      }
      event.preventDefault();
      if (shortcut === "switch") toggle("switcher");
      else if (shortcut === "sheet") toggle("shortcuts");
      else if (shortcut === "search") {
        if (isDialogOpen) return;
        if (conversationId === undefined) document.getElementById("search")?.focus();
        else void navigate(`/c/${encodeURIComponent(conversationId)}/search`);
      } else if (!isDialogOpen) {
        const next = neighbour(readConversations(), conversationId, shortcut === "next" ? 1 : -1);
        if (next !== undefined) void navigate(`/c/${encodeURIComponent(next.id)}`);
      }
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [navigate, conversationId]);
}

/** What is left when something is closed. */
function above(path: string): string {
  return /^(\/c\/[^/]+)\/(details|search)$/.exec(path)?.[1] ?? "/";
}
