import { expect, it } from "vitest";
import { shortcutOf } from "./keys";

const press = (key: string, change: Partial<Parameters<typeof shortcutOf>[0]> = {}) => ({
  key,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  isComposing: false,
  ...change,
});

it.each([
  ["switch", press("k", { ctrlKey: true })],
  ["switch", press("K", { metaKey: true })],
  ["sheet", press("/", { ctrlKey: true })],
  ["previous", press("ArrowUp", { altKey: true })],
  ["next", press("ArrowDown", { altKey: true })],
  ["close", press("Escape")],
  ["search", press("F", { ctrlKey: true, shiftKey: true })],
  ["search", press("f", { metaKey: true, shiftKey: true })],
] as const)("%s, also while writing", (shortcut, pressed) => {
  expect(shortcutOf(pressed, false)).toBe(shortcut);
  expect(shortcutOf(pressed, true)).toBe(shortcut);
});

it("leaves characters to the one who writes", () => {
  expect(shortcutOf(press("?", { shiftKey: true }), false)).toBe("sheet");
  expect(shortcutOf(press("?", { shiftKey: true }), true)).toBeNull();
  expect(shortcutOf(press("k"), false)).toBeNull();
});

it("leaves other combinations to the browser and to input methods", () => {
  expect(shortcutOf(press("k", { ctrlKey: true, shiftKey: true }), false)).toBeNull();
  expect(shortcutOf(press("ArrowUp", { altKey: true, ctrlKey: true }), false)).toBeNull();
  expect(shortcutOf(press("ArrowUp"), false)).toBeNull();
  expect(shortcutOf(press("f", { ctrlKey: true }), false)).toBeNull();
  expect(shortcutOf(press("Escape", { isComposing: true }), true)).toBeNull();
});
