import {
  AtSign,
  Check,
  Ellipsis,
  Info,
  Mail,
  MailOpen,
  MessageCircle,
  Trash2,
  UserPlus,
  type LucideIcon,
} from "lucide-react";
import type { Notification } from "@/api/types";
import { useMe } from "@/auth/me";
import { useHeldConversation } from "@/conversations/queries";
import { cx } from "@/lib/cx";
import { t } from "@/locales";
import { Badge } from "@/ui/Badge";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem } from "@/ui/Menu";
import { ShortTime } from "@/ui/ShortTime";
import { describe } from "./describe";

const ICONS: Record<Notification["type"], LucideIcon> = {
  message: MessageCircle,
  mention: AtSign,
  request: Mail,
  group_invite: UserPlus,
  system: Info,
};

interface NotificationItemProps {
  notification: Notification;
  /** Whether the operators' words are shown to their end: there is no other place to read them. */
  isWhole: boolean;
  onFollow: (notification: Notification) => void;
  onRead: (id: string) => void;
  onUnread: (id: string) => void;
  onDelete: (id: string) => void;
}

export function NotificationItem(props: NotificationItemProps) {
  const { notification, onFollow, onRead, onUnread, onDelete } = props;
  const { id, type, count, isRead, updatedAt } = notification;
  const { userId } = useMe();
  const { title, text } = describe(notification, useHeldConversation(notification.conversationId ?? ""), userId);
  const Icon = ICONS[type];
  const isWhole = props.isWhole && type === "system";
  return (
    <li data-notification={id} className="flex items-center gap-1 rounded-lg transition-colors hover:bg-hover">
      <button
        type="button"
        onClick={() => onFollow(notification)}
        className="flex min-w-0 flex-1 items-start gap-3 rounded-lg px-2.5 py-2.5 text-left focus-visible:-outline-offset-2"
      >
        <Icon aria-hidden className={cx("mt-0.5 size-4 shrink-0", isRead ? "text-muted" : "text-accent-ink")} />
        <span className="flex min-w-0 flex-1 flex-col gap-0.5 text-sm">
          <span className="flex items-baseline justify-between gap-2">
            <span className={cx(isWhole ? "break-words" : "truncate", isRead ? "text-muted" : "font-medium")}>
              {title}
              {!isRead && <span className="sr-only">{` (${t("notifications.unread")})`}</span>}
            </span>
            <ShortTime at={updatedAt} className="shrink-0 text-xs text-muted" />
          </span>
          <span className="flex items-center justify-between gap-2">
            <span
              dir="auto"
              className={cx(
                "min-w-0 text-left break-words text-muted",
                isWhole ? "whitespace-pre-wrap" : "line-clamp-2",
              )}
            >
              {text}
            </span>
            {!isRead && count > 1 && <Badge count={count} />}
          </span>
        </span>
      </button>
      {!isRead && (
        <IconButton label={t("notifications.read")} onClick={() => onRead(id)} look="small">
          <Check aria-hidden />
        </IconButton>
      )}
      <Menu
        trigger={
          <IconButton label={t("notifications.actions", { title })} look="small" className="mr-1">
            <Ellipsis aria-hidden />
          </IconButton>
        }
      >
        {isRead ? (
          <MenuItem onSelect={() => onUnread(id)}>
            <Mail aria-hidden />
            {t("notifications.markUnread")}
          </MenuItem>
        ) : (
          <MenuItem onSelect={() => onRead(id)}>
            <MailOpen aria-hidden />
            {t("notifications.read")}
          </MenuItem>
        )}
        <MenuItem onSelect={() => onDelete(id)} isDanger>
          <Trash2 aria-hidden />
          {t("notifications.delete")}
        </MenuItem>
      </Menu>
    </li>
  );
}
