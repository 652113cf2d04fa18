import { useEffect, useMemo, useRef, type MouseEvent, type PointerEvent, type TouchEvent } from "react";
import { openMenu } from "./openMenu";

/** A little longer than phones take for it, which then open the menu themselves; not all of them do. */
const LONG_MS = 550;
/** A finger is never still: it may move so many pixels. */
const SLOP_PX = 12;

interface LongTouch {
  onPointerDown: (event: PointerEvent) => void;
  onPointerMove: (event: PointerEvent) => void;
  onPointerUp: () => void;
  onPointerCancel: () => void;
  onContextMenuCapture: () => void;
  onTouchEnd: (event: TouchEvent) => void;
  onClickCapture: (event: MouseEvent) => void;
}

/** Opens the context menu of what is touched for long. What is touched so is not pressed. */
export function useLongTouch(): LongTouch {
  const touch = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null);
  const wasLong = useRef(false);

  const handlers = useMemo(() => {
    const end = () => {
      clearTimeout(touch.current?.timer);
      touch.current = null;
    };
    return {
      onPointerDown: ({ pointerType, isPrimary, target, clientX: x, clientY: y }: PointerEvent) => {
        end();
        wasLong.current = false;
        if (pointerType === "mouse" || !isPrimary) return;
        const timer = setTimeout(() => {
          touch.current = null;
          wasLong.current = true;
          openMenu(target as Element, x, y);
        }, LONG_MS);
        touch.current = { timer, x, y };
      },
      onPointerMove: ({ clientX, clientY }: PointerEvent) => {
        if (touch.current === null) return;
        const { x, y } = touch.current;
        if (Math.hypot(clientX - x, clientY - y) > SLOP_PX) end();
      },
      onPointerUp: end,
      onPointerCancel: end,
      // The phone was first.
      onContextMenuCapture: end,
      // Else the browser presses what was touched with a mouse, whose focus closes the menu.
      onTouchEnd: (event: TouchEvent) => {
        if (wasLong.current) event.preventDefault();
      },
      onClickCapture: (event: MouseEvent) => {
        if (!wasLong.current) return;
        wasLong.current = false;
        event.preventDefault();
        event.stopPropagation();
      },
    };
  }, []);
  useEffect(() => handlers.onPointerCancel, [handlers]);
  return handlers;
}
