import { useQuery } from "@tanstack/react-query";
import { AtSign, Check, Info, Mail, MessageCircle, UserPlus, type LucideIcon } from "lucide-react";
import type { Notification } from "@/api/types";
import { useMe } from "@/auth/me";
import { nameOf } from "@/conversations/describe";
import { conversationsQuery } from "@/conversations/queries";
import { cx } from "@/lib/cx";
import { t } from "@/locales";
import { fullTime, shortTime } from "@/locales/dates";
import { Badge } from "@/ui/Badge";
import { IconButton } from "@/ui/IconButton";

const ICONS: Record<Notification["type"], LucideIcon> = {
  message: MessageCircle,
  mention: AtSign,
  request: Mail,
  group_invite: UserPlus,
  system: Info,
};

interface NotificationItemProps {
  notification: Notification;
  onFollow: (notification: Notification) => void;
  onRead: (notification: Notification) => void;
}

export function NotificationItem({ notification, onFollow, onRead }: NotificationItemProps) {
  const { type, content, count, isRead, updatedAt } = notification;
  const title = useTitle(notification);
  const Icon = ICONS[type];
  return (
    <li className="flex items-center gap-1 rounded-lg transition-colors hover:bg-hover">
      <button
        type="button"
        onClick={() => onFollow(notification)}
        className="flex min-w-0 flex-1 items-start gap-3 rounded-lg px-2.5 py-2.5 text-left focus-visible:-outline-offset-2"
      >
        <Icon aria-hidden className={cx("mt-0.5 size-4 shrink-0", isRead ? "text-muted" : "text-accent-ink")} />
        <span className="flex min-w-0 flex-1 flex-col gap-0.5 text-sm">
          <span className="flex items-baseline justify-between gap-2">
            <span className={cx("truncate", isRead ? "text-muted" : "font-medium")}>
              {title}
              {!isRead && <span className="sr-only">{` (${t("notifications.unread")})`}</span>}
            </span>
            <time dateTime={updatedAt} title={fullTime(updatedAt)} className="shrink-0 text-xs text-muted">
              {shortTime(updatedAt)}
            </time>
          </span>
          <span className="flex items-center justify-between gap-2">
            <span className="line-clamp-2 break-words text-muted">{content}</span>
            {!isRead && count > 1 && <Badge count={count} />}
          </span>
        </span>
      </button>
      {!isRead && (
        <IconButton label={t("notifications.read")} onClick={() => onRead(notification)} look="small">
          <Check aria-hidden />
        </IconButton>
      )}
    </li>
  );
}

/** The conversation's name, which may be another by now; the server's words for what is no conversation, or is gone. */
function useTitle({ type, title, conversationId }: Notification): string {
  const { userId } = useMe();
  const { data: name } = useQuery({
    ...conversationsQuery,
    enabled: false,
    select: ({ byId }) => {
      const conversation = byId[conversationId ?? ""];
      return conversation === undefined ? undefined : nameOf(conversation, userId);
    },
  });
  return type === "message" ? (name ?? title) : title;
}
