import { useEffect, useRef, type RefObject } from "react";
import type { Notification } from "@/api/types";

interface Neighbour {
  /** Holds the list. */
  element: RefObject<HTMLDivElement | null>;
  /** Says that one is about to go, and the focus with it. */
  willLose: (id: string) => void;
}

/** Moves the focus from a notification that is deleted to the next one, else to the one before, else to what is left. */
export function useNeighbour(items: readonly Notification[] | undefined): Neighbour {
  const element = useRef<HTMLDivElement>(null);
  const lost = useRef<{ id: string; next: string | undefined } | null>(null);

  useEffect(() => {
    if (lost.current === null || items?.some(({ id }) => id === lost.current?.id) !== false) return;
    const { next = "" } = lost.current;
    lost.current = null;
    const selector = `[data-notification="${CSS.escape(next)}"] > button`;
    (
      element.current?.querySelector<HTMLElement>(selector) ?? element.current?.querySelector<HTMLElement>("p")
    )?.focus();
  }, [items]);

  const willLose = (id: string) => {
    const place = items?.findIndex((item) => item.id === id) ?? -1;
    lost.current = { id, next: (items?.[place + 1] ?? items?.[place - 1])?.id };
  };
  return { element, willLose };
}
