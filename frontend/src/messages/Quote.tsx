import { useMe } from "@/auth/me";
import { cx } from "@/lib/cx";
import { useTabStop } from "@/lib/tabStop";
import { t } from "@/locales";
import { placeOf } from "./replies";
import { useQuoted } from "./useQuoted";

interface QuoteProps {
  conversationId: string;
  /** The id of the message that is answered. */
  replyTo: string;
  isMine: boolean;
  /** Goes to a place of the history. */
  onOpen: (seq: number) => void;
}

/** The message that another one answers; leads there. It is as high before it is loaded, so that nothing moves. */
export function Quote({ conversationId, replyTo, isMine, onOpen }: QuoteProps) {
  const { userId } = useMe();
  const { message, name, text } = useQuoted(conversationId, replyTo, userId);
  return (
    <button
      type="button"
      disabled={message === null}
      tabIndex={useTabStop()}
      onClick={() => onOpen(placeOf(replyTo))}
      className={cx(
        "mb-1.5 flex h-12 w-full max-w-80 min-w-0 flex-col justify-center rounded-lg border-l-[3px] px-2.5 text-left text-[0.8125rem] leading-snug whitespace-nowrap",
        isMine
          ? "border-on-accent bg-[rgb(0_0_0/0.18)] enabled:hover:bg-[rgb(0_0_0/0.28)]"
          : "border-accent-ink bg-canvas enabled:hover:bg-selected",
      )}
    >
      <span className="sr-only">{t("replies.inReplyTo")} </span>
      {name !== "" && (
        <span dir="auto" className={cx("truncate font-medium", !isMine && "text-accent-ink")}>
          {name}{" "}
        </span>
      )}
      <span dir="auto" className={cx("truncate", message?.deletedAt !== null && "italic")}>
        {text}
      </span>
    </button>
  );
}
