/** Opens the context menu of what an element belongs to, at its foot. */
export function openMenuAt(element: Element): void {
  const { left, bottom } = element.getBoundingClientRect();
  openMenu(element, left, bottom);
}

/** Opens the context menu of what an element belongs to, as the right button of a mouse would at this point. */
export function openMenu(element: Element, clientX: number, clientY: number): void {
  element.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true, clientX, clientY }));
}
