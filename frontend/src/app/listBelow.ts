import { FROM_LIST } from "./BackToChats";

/** Whether the list and what is open take turns, for want of room; as `md:` in the styles. */
export const isNarrow = (): boolean => !window.matchMedia("(min-width: 48rem)").matches;

/** Pages that lie over the list on narrow screens. */
const OVER_LIST = /^\/(c|people|settings|inbox|admin)(\/|$)/;

/**
 * On narrow screens has the list one step back from a page with which the app begins: by a link, or a notification. Called
 * before there is a router, in whose own form these entries are.
 */
export function putListBelow({ history, location }: Pick<Window, "history" | "location"> = window): void {
  const path = location.pathname + location.search + location.hash;
  // A state means that the page was here before: a reload, or somebody comes back.
  if (history.state !== null || !OVER_LIST.test(location.pathname) || !isNarrow()) return;
  history.replaceState({ usr: null, key: "list", idx: 0 }, "", "/");
  history.pushState({ usr: FROM_LIST, key: "first", idx: 1 }, "", path);
}
