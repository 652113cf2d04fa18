import { useVirtualizer, type VirtualItem } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";
import { heightOf } from "./rowHeight";
import type { Row } from "./rows";

/** Nearer to the end than this many pixels counts as being at the end. */
const END_PX = 48;
/** Rows drawn beyond each edge of the screen. */
const OVERSCAN = 8;

export interface History {
  /** The first row on the screen; null until the first scroll to the end is done. */
  firstRow: number | null;
  /** The first row that can be seen. */
  firstVisible: number;
  /** The rows to draw. */
  items: VirtualItem[];
  /** Takes the element that is as high as all rows together. */
  container: (element: HTMLElement | null) => void;
  /** Takes the element of a row. */
  measure: (element: HTMLDivElement | null) => void;
  isAtEnd: boolean;
  toEnd: () => void;
  /** Brings a row to the top of the screen, or to its middle. */
  toRow: (index: number, align: "start" | "center") => void;
  onScroll: () => void;
}

/**
 * Draws only the rows on the screen. What is being read stays in place when rows are put before or after it; whoever is
 * at the end stays there, if it is the end of the conversation (`isNewest`).
 */
export function useHistory(
  scroller: RefObject<HTMLDivElement | null>,
  rows: readonly Row[],
  paddingStart: number,
  isNewest: boolean,
  startsAtEnd: boolean,
): History {
  const [isAtEnd, setIsAtEnd] = useState(startsAtEnd);
  const [isPlaced, setIsPlaced] = useState(false);
  /** The same, for what happens between two renders. */
  const staysAtEnd = useRef(startsAtEnd);
  // eslint-disable-next-line react-hooks/incompatible-library -- what it returns is used here and by MessageLog only
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => rows[index]?.key ?? index,
    estimateSize: (index) => heightOf(rows[index]),
    anchorTo: "end",
    scrollEndThreshold: END_PX,
    overscan: OVERSCAN,
    paddingStart,
    paddingEnd: 26,
    directDomUpdates: true,
    directDomUpdatesMode: "position",
  });

  useLayoutEffect(() => {
    if (staysAtEnd.current) virtualizer.scrollToEnd();
  }, [rows, virtualizer]);

  // Told first when all is in its place for the first time. The log shrinks when the composer grows and when a phone's keyboard opens.
  useEffect(() => {
    if (scroller.current === null) return;
    const observer = new ResizeObserver(() => {
      setIsPlaced(true);
      if (staysAtEnd.current) virtualizer.scrollToEnd();
    });
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [scroller, virtualizer]);

  const toEnd = useCallback(() => {
    staysAtEnd.current = true;
    virtualizer.scrollToEnd();
  }, [virtualizer]);

  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (element === null) return;
    staysAtEnd.current = isNewest && element.scrollHeight - element.clientHeight - element.scrollTop < END_PX;
    setIsAtEnd(staysAtEnd.current);
  }, [scroller, isNewest]);

  const toRow = useCallback(
    (index: number, align: "start" | "center") => {
      staysAtEnd.current = false;
      virtualizer.scrollToIndex(index, { align });
      // It may be the end, and nothing is scrolled then.
      requestAnimationFrame(onScroll);
    },
    [virtualizer, onScroll],
  );

  const items = virtualizer.getVirtualItems();
  return {
    firstRow: isPlaced ? (items[0]?.index ?? null) : null,
    firstVisible: virtualizer.range?.startIndex ?? 0,
    items,
    container: virtualizer.containerRef,
    measure: virtualizer.measureElement,
    isAtEnd,
    toEnd,
    toRow,
    onScroll,
  };
}
