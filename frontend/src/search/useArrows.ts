import { useRef, type KeyboardEvent, type RefObject } from "react";

interface Arrows {
  /** Holds the field and what was found. */
  container: RefObject<HTMLDivElement | null>;
  onKeyDown: (event: KeyboardEvent) => void;
}

/**
 * The keys of a search: the arrows lead from the field through what was found, Enter in the field takes the first,
 * Escape leads back to the field and empties it there. `onEmpty` tells whether there was something to empty.
 */
export function useArrows(onEmpty: () => boolean): Arrows {
  const container = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const { key, nativeEvent, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (nativeEvent.isComposing || altKey || ctrlKey || metaKey || shiftKey) return;
    const field = container.current?.querySelector<HTMLInputElement>("input[type=search]") ?? null;
    const found = [...(container.current?.querySelectorAll<HTMLElement>("li > a") ?? [])];
    const place = found.findIndex((element) => element === document.activeElement);
    const isInField = document.activeElement === field;
    if (!isInField && place === -1) return;

    if (key === "ArrowDown") (found[place + 1] ?? null)?.focus();
    else if (key === "ArrowUp" && place !== -1) (found[place - 1] ?? field)?.focus();
    else if (key === "Enter" && isInField && field?.value.trim() !== "") found[0]?.click();
    else if (key === "Escape" && !isInField) field?.focus();
    else if (key !== "Escape" || !onEmpty()) return;
    // Else it would scroll, or close the conversation as well.
    event.preventDefault();
  };
  return { container, onKeyDown };
}
