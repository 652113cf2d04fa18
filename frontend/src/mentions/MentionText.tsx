import { Link } from "react-router";
import { cx } from "@/lib/cx";
import { useTabStop } from "@/lib/tabStop";
import type { Part } from "./parts";

interface MentionTextProps {
  parts: readonly Part[];
  meId: number;
  /** Whether it is the user's own message, which has another colour. */
  isMine: boolean;
}

/** A message's text: addresses lead there, each name leads to its owner, and the reader's own stands out. */
export function MentionText({ parts, meId, isMine }: MentionTextProps) {
  const tabIndex = useTabStop();
  return parts.map((part, index) => {
    if (typeof part === "string") return part;
    if ("href" in part) {
      return (
        <a
          key={index}
          tabIndex={tabIndex}
          href={part.href}
          target="_blank"
          rel="noreferrer noopener"
          className="rounded-sm underline underline-offset-2 hover:decoration-2"
        >
          {part.text}
        </a>
      );
    }
    const { text, userId } = part;
    const isForMe = (userId === meId || userId === null) && !isMine;
    const look = cx(
      "rounded-sm font-medium",
      isForMe ? "bg-accent px-0.5 text-on-accent" : isMine ? "text-on-accent" : "text-accent-ink",
    );
    if (userId === null) {
      return (
        <span key={index} className={look}>
          {text}
        </span>
      );
    }
    return (
      <Link
        key={index}
        tabIndex={tabIndex}
        to={`/people/${userId}`}
        className={cx(look, "underline-offset-2 hover:decoration-2", isForMe ? "hover:underline" : "underline")}
      >
        {text}
      </Link>
    );
  });
}
