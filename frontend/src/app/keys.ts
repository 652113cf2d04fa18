/** What a key press asks of the app. */
export type Shortcut = "switch" | "sheet" | "previous" | "next" | "close" | "search";

type Press = Pick<KeyboardEvent, "key" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey" | "isComposing">;

/** The shortcut that a press stands for; where text is written, a character is a character. */
export function shortcutOf(press: Press, isWriting: boolean): Shortcut | null {
  // While an input method composes a character, its keys belong to it.
  if (press.isComposing) return null;
  const { key, altKey, shiftKey } = press;
  const isCommand = (press.ctrlKey || press.metaKey) && !altKey;
  if (isCommand && !shiftKey && key.toLowerCase() === "k") return "switch";
  // Without Shift it is the browser's own.
  if (isCommand && shiftKey && key.toLowerCase() === "f") return "search";
  // On many keyboards "/" needs Shift.
  if (isCommand && key === "/") return "sheet";
  if (isCommand || press.ctrlKey || press.metaKey) return null;
  if (altKey) return shiftKey ? null : key === "ArrowUp" ? "previous" : key === "ArrowDown" ? "next" : null;
  if (key === "Escape") return "close";
  return key === "?" && !isWriting ? "sheet" : null;
}

/** Whether keys pressed here write text. */
export function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["radio", "checkbox", "button"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target.isContentEditable;
}
