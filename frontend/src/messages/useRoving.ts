import {
  useCallback,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type FocusEvent,
  type KeyboardEvent,
  type RefObject,
} from "react";
import { focusComposer } from "./composerField";
import { openMenuAt } from "./openMenu";
import type { Row } from "./rows";

interface RovingOptions {
  scroller: RefObject<HTMLDivElement | null>;
  rows: readonly Row[];
  /** The places of the rows that are drawn. */
  drawn: readonly { index: number }[];
  /** Scrolls to a row that is not drawn. */
  toRow: (index: number, align: "center") => void;
  /** Answers the message of a row. */
  onReply: (row: Row) => void;
}

export interface Roving {
  /** The key of the row that is the tab stop, if it is drawn; else the history as a whole is. */
  activeKey: string | null;
  onKeyDown: (event: KeyboardEvent) => void;
  onFocus: (event: FocusEvent) => void;
  onBlur: (event: FocusEvent) => void;
  /** Moves the focus to a message as soon as it is drawn. */
  follow: (seq: number) => void;
}

/**
 * The history as one tab stop: the newest message, from which the arrow keys lead to the others. What can be pressed in a
 * message comes next after it. Enter opens its actions, R answers it, Escape leads back to the composer.
 */
export function useRoving({ scroller, rows, drawn, toRow, onReply }: RovingOptions): Roving {
  const [chosen, setChosen] = useState<string | null>(null);
  /** The row that is to get the focus when it is drawn. */
  const wanted = useRef<((row: Row) => boolean) | null>(null);
  /** The row that has the focus, or something in it does. */
  const focused = useRef<string | null>(null);
  const newest = useMemo(() => rows.findLast(canHaveFocus)?.key ?? null, [rows]);
  const active = chosen ?? newest;
  const isDrawn = drawn.some(({ index }) => rows[index]?.key === active);

  useLayoutEffect(() => {
    const { current } = wanted;
    if (current !== null) {
      const place = drawn.find(({ index }) => rows[index] !== undefined && current(rows[index]));
      const article = place === undefined ? null : articleIn(scroller.current, place.index);
      if (article === null) return;
      wanted.current = null;
      article.focus({ preventScroll: true });
    } else if (focused.current !== null && document.activeElement === document.body) {
      // Scrolled away: what is left of the focus is the history, so that the keys go on scrolling it.
      focused.current = null;
      scroller.current?.focus({ preventScroll: true });
    }
  });

  const go = (index: number) => {
    const row = rows[index];
    if (row === undefined) return;
    const article = articleIn(scroller.current, index);
    if (article === null) {
      wanted.current = ({ key }) => key === row.key;
      toRow(index, "center");
    } else {
      article.focus({ preventScroll: true });
      article.scrollIntoView({ block: "nearest" });
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const { key, altKey, ctrlKey, metaKey, shiftKey, target } = event;
    const element = scroller.current;
    if (event.defaultPrevented || altKey || ctrlKey || metaKey || shiftKey || element === null) return;
    // Players have keys of their own.
    if (!(target instanceof HTMLElement) || target.closest("audio, video") !== null) return;
    const index = indexOf(target);
    const isOnRow = target.getAttribute("role") === "article";
    if (key === "ArrowUp" || key === "ArrowDown") {
      const step = key === "ArrowUp" ? -1 : 1;
      const article = index === null ? null : articleIn(scroller.current, index);
      if (article !== null && goesOn(article, element, step)) return;
      const next = index === null ? atEdge(element, rows, drawn, step) : neighbour(rows, index, step);
      // There the history itself is scrolled, which brings what is older.
      if (next === null) return;
      go(next);
    } else if (key === "Escape") {
      if (!focusComposer()) return;
    } else if (key === "Enter" && isOnRow) {
      openMenuAt(target.querySelector("[data-bubble]") ?? target);
    } else if (key.toLowerCase() === "r" && isOnRow && index !== null && rows[index] !== undefined) {
      onReply(rows[index]);
    } else return;
    event.preventDefault();
  };

  const onFocus = ({ target }: FocusEvent) => {
    const index = target instanceof HTMLElement ? indexOf(target) : null;
    const key = (index === null ? undefined : rows[index]?.key) ?? null;
    focused.current = key;
    if (key !== null) setChosen(key);
  };
  const onBlur = ({ relatedTarget }: FocusEvent) => {
    if (relatedTarget instanceof Node && scroller.current?.contains(relatedTarget) === true) return;
    focused.current = null;
    setChosen(null);
  };
  const follow = useCallback((seq: number) => {
    wanted.current = (row) => row.kind === "message" && row.message.seq === seq;
  }, []);

  return { activeKey: isDrawn ? active : null, onKeyDown, onFocus, onBlur, follow };
}

function canHaveFocus({ kind }: Row): boolean {
  return kind === "message" || kind === "outgoing";
}

/** What can have the focus of a row. */
function articleIn(scroller: HTMLElement | null, index: number): HTMLElement | null {
  return scroller?.querySelector<HTMLElement>(`[data-index="${index}"] [role=article]`) ?? null;
}

/** The place of the row in which something is. */
function indexOf(element: HTMLElement): number | null {
  const index = element.closest<HTMLElement>("[data-index]")?.dataset["index"];
  return index === undefined ? null : Number(index);
}

function neighbour(rows: readonly Row[], index: number, step: 1 | -1): number | null {
  for (let next = index + step; ; next += step) {
    const row = rows[next];
    if (row === undefined) return null;
    if (canHaveFocus(row)) return next;
  }
}

/** The first row that can be seen whole, on the way down, or the last one, on the way up. */
function atEdge(
  scroller: HTMLElement,
  rows: readonly Row[],
  drawn: readonly { index: number }[],
  step: 1 | -1,
): number | null {
  const { top, bottom } = scroller.getBoundingClientRect();
  const isSeen = ({ index }: { index: number }) => {
    if (rows[index] === undefined || !canHaveFocus(rows[index])) return false;
    const box = articleIn(scroller, index)?.getBoundingClientRect();
    return box !== undefined && box.bottom > top && box.top < bottom;
  };
  return (step === 1 ? drawn.find(isSeen) : drawn.findLast(isSeen))?.index ?? null;
}

/** Whether more of a row lies beyond the edge, so that it is to be scrolled before the next one gets its turn. */
function goesOn(article: HTMLElement, scroller: HTMLElement, step: 1 | -1): boolean {
  const [box, screen] = [article.getBoundingClientRect(), scroller.getBoundingClientRect()];
  return step === 1 ? box.bottom > screen.bottom + 1 : box.top < screen.top - 1;
}
