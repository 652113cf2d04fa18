import { CircleAlert, Clock } from "lucide-react";
import { memo, useEffect, useState } from "react";
import { attachmentsText } from "@/files/describe";
import { Sending } from "@/files/Sending";
import { copyText } from "@/lib/copyText";
import { cx } from "@/lib/cx";
import { TabStop, useTabStop } from "@/lib/tabStop";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { ApiError } from "@/api/errors";
import { useConnection } from "@/realtime/connection";
import { Bubble } from "./Bubble";
import { isLost, isPending, sentBy, type Outgoing } from "./outbox";
import { outbox } from "./outboxStore";
import { Quote } from "./Quote";

interface OutgoingRowProps {
  outgoing: Outgoing;
  startsGroup: boolean;
  endsGroup: boolean;
  /** Whether it has the history's tab stop. */
  isActive: boolean;
  /** Goes to a message. */
  onOpen: (seq: number) => void;
}

/** A message on its way, or one that could not be sent. */
export const OutgoingRow = memo(function OutgoingRow(props: OutgoingRowProps) {
  const { outgoing, startsGroup, endsGroup, isActive, onOpen } = props;
  const hasFailed = outgoing.state === "failed";
  const { conversationId, content, replyTo, files = [] } = outgoing;
  const tabStop = isActive ? 0 : -1;
  const text = content === "" ? attachmentsText(sentBy(outgoing)) : content;
  return (
    <div
      role="article"
      tabIndex={tabStop}
      aria-label={t("messages.announced", { name: t("messages.you"), text })}
      className={cx("group flex scroll-my-3 justify-end outline-none", startsGroup ? "mt-3" : "mt-0.5")}
    >
      <div className="flex max-w-[85%] min-w-0 flex-col sm:max-w-[75%]">
        <span className="sr-only">{t("messages.you")}</span>
        <TabStop value={tabStop}>
          <Bubble isMine startsGroup={startsGroup} endsGroup={endsGroup}>
            {replyTo !== undefined && (
              <Quote conversationId={conversationId} replyTo={replyTo} isMine onOpen={onOpen} />
            )}
            {files.length > 0 && <Sending files={files} hasText={content !== ""} />}
            <span>{content}</span>
          </Bubble>
          {hasFailed ? <Failed outgoing={outgoing} canRetry={!isLost(outgoing)} /> : <UnderWay outgoing={outgoing} />}
        </TabStop>
      </div>
    </div>
  );
});

/** After this many milliseconds on its way a message can be taken back; most are there long before. */
const SLOW_MS = 3_000;

function UnderWay({ outgoing }: { outgoing: Outgoing }) {
  const isConnected = useConnection(({ status }) => status === "online" || status === "catching-up");
  const [isSlow, setIsSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  const isUploading = isPending(outgoing);
  return (
    <p className="mt-1 flex items-center gap-1 self-end px-1 text-xs text-muted">
      <Clock aria-hidden className="size-3" />
      <span>{t(!isConnected ? "messages.waiting" : isUploading ? "files.underWay" : "messages.sending")}</span>
      {(!isConnected || isUploading || isSlow) && <OutgoingActions outgoing={outgoing} />}
    </p>
  );
}

// As large as fingers need, without making the line higher.
const ACTION = "-my-1 ml-1 inline-flex min-h-6 items-center font-medium underline underline-offset-2";

interface OutgoingActionsProps {
  outgoing: Outgoing;
  canRetry?: boolean;
}

/** What can be done with a message that is not sent. */
export function OutgoingActions({ outgoing, canRetry = false }: OutgoingActionsProps) {
  const { clientId, conversationId, content } = outgoing;
  const tabIndex = useTabStop();
  return (
    <>
      {canRetry && (
        <button type="button" tabIndex={tabIndex} className={ACTION} onClick={() => outbox.retry(conversationId)}>
          {t("messages.retry")}
        </button>
      )}
      {content !== "" && (
        <button type="button" tabIndex={tabIndex} className={ACTION} onClick={() => copyText(content)}>
          {t("messages.copyUnsent")}
        </button>
      )}
      <button type="button" tabIndex={tabIndex} className={ACTION} onClick={() => outbox.discard(clientId)}>
        {t("messages.discard")}
      </button>
    </>
  );
}

/** Says why a message was not sent. */
export function Failed({ outgoing, canRetry }: { outgoing: Outgoing; canRetry: boolean }) {
  const { error } = outgoing;
  return (
    <div role="alert" className="mt-1 flex flex-wrap items-center justify-end gap-x-1 gap-y-2 px-1 text-xs text-danger">
      <CircleAlert aria-hidden className="size-3.5" />
      <span>{t("messages.notSent")}</span>
      {error !== undefined && <span>{describeError(new ApiError(error.code, error.message))}</span>}
      <span className="flex items-center gap-x-1">
        <OutgoingActions outgoing={outgoing} canRetry={canRetry} />
      </span>
    </div>
  );
}
