import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

interface BubbleProps {
  isMine: boolean;
  startsGroup: boolean;
  endsGroup: boolean;
  /** Only its place is left. */
  isGone?: boolean;
  title?: string;
  children: ReactNode;
}

/** The body of a message; its corners tell where a group begins and ends. It runs in the direction of its script. */
export function Bubble({ isMine, startsGroup, endsGroup, isGone = false, title, children }: BubbleProps) {
  return (
    <div
      data-bubble
      title={title}
      dir="auto"
      className={cx(
        // A long touch opens the menu, which copies the text: a selection would only be in its way.
        "pointer-coarse:select-none",
        "outline-offset-1 outline-accent-ink group-focus-visible:outline-2",
        "w-fit max-w-full rounded-2xl px-3.5 py-2 text-[0.9375rem] leading-snug [overflow-wrap:anywhere] whitespace-pre-wrap",
        isMine && "self-end",
        isGone
          ? "border border-line text-muted italic"
          : isMine
            ? "bg-accent text-on-accent"
            : "bg-bubble text-ink shadow-[0_1px_2px_rgb(0_0_0/0.07)]",
        isMine && !startsGroup && "rounded-tr-md",
        isMine && !endsGroup && "rounded-br-md",
        !isMine && !startsGroup && "rounded-tl-md",
        !isMine && !endsGroup && "rounded-bl-md",
      )}
    >
      {children}
    </div>
  );
}
