import type { Member, Message } from "@/api/types";
import { t } from "@/locales";
import { fullTime } from "@/locales/dates";
import { Avatar } from "@/ui/Avatar";
import { Dialog } from "@/ui/Dialog";
import { deliveredTo, seenBy, type Reach } from "./marks";

interface MessageInfoProps {
  message: Message;
  reach: Reach;
  onClose: () => void;
}

/** Whom a message of the user's has reached. */
export function MessageInfo({ message, reach, onClose }: MessageInfoProps) {
  const [seen, delivered] = [seenBy(reach, message.seq), deliveredTo(reach, message.seq)];
  return (
    <Dialog title={t("messages.info")} closeLabel={t("app.close")} onClose={onClose} size="fit">
      <div className="flex min-h-0 flex-col gap-4 overflow-y-auto px-5 pb-5 text-sm">
        <p className="line-clamp-3 rounded-lg bg-canvas px-3 py-2 [overflow-wrap:anywhere]">{message.content}</p>
        <dl className="flex flex-col gap-1 text-xs text-muted">
          <div className="flex gap-2">
            <dt>{t("messages.sent")}</dt>
            <dd>{fullTime(message.createdAt)}</dd>
          </div>
          {message.editedAt !== null && (
            <div className="flex gap-2">
              <dt>{t("messages.editedAt")}</dt>
              <dd>{fullTime(message.editedAt)}</dd>
            </div>
          )}
        </dl>
        <People title={t("messages.readBy", { count: seen.length })} people={seen} />
        {delivered.length > 0 && (
          <People title={t("messages.deliveredTo", { count: delivered.length })} people={delivered} />
        )}
      </div>
    </Dialog>
  );
}

function People({ title, people }: { title: string; people: readonly Member[] }) {
  return (
    <section>
      <h3 className="mb-1 text-xs font-medium text-muted">{title}</h3>
      <ul>
        {people.map(({ userId, displayName, avatarUrl }) => (
          <li key={userId} className="flex items-center gap-3 py-1.5">
            <Avatar name={displayName} url={avatarUrl} seed={userId} size="small" />
            <span className="truncate">{displayName}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
