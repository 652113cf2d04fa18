import type { Conversation } from "@/api/types";
import { memberName } from "@/conversations/describe";
import { t } from "@/locales";
import { useTypists } from "./typists";
import { useShown } from "./useShown";

/** Who is typing, over the foot of the messages, so that nothing moves. It is not worth interrupting a screen reader. */
export function TypingLine({ conversation }: { conversation: Conversation }) {
  useShown(conversation.id);
  const typists = useTypists((known) => known.in[conversation.id]);
  if (typists === undefined) return null;
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-0.5">
      <p className="mx-auto flex w-full max-w-3xl px-3 text-xs text-muted md:px-6">
        <span className="-ml-1.5 flex min-w-0 animate-appear items-center gap-1.5 rounded-full bg-canvas/90 px-1.5 py-0.5">
          <span className="truncate">{typingText(typists, (userId) => memberName(conversation, userId))}</span>
          <Dots />
        </span>
      </p>
    </div>
  );
}

const DOT = "size-1 animate-typing rounded-full bg-current";

function Dots() {
  return (
    <span aria-hidden className="flex shrink-0 gap-0.5 pt-1">
      <span className={DOT} />
      <span className={`${DOT} [animation-delay:160ms]`} />
      <span className={`${DOT} [animation-delay:320ms]`} />
    </span>
  );
}

/** Who is typing, for people. */
export function typingText(typists: readonly number[], who: (userId: number) => string): string {
  const [first, second] = typists.map(who);
  if (first === undefined || typists.length > 2) return t("typing.several", { count: typists.length });
  return second === undefined ? t("typing.one", { name: first }) : t("typing.two", { first, second });
}
