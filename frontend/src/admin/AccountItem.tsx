import { useMutation } from "@tanstack/react-query";
import { Ban, Ellipsis, RotateCcw, Shield, ShieldOff } from "lucide-react";
import { useState } from "react";
import type { AccountView } from "@/api/types";
import { useMe } from "@/auth/me";
import { t } from "@/locales";
import { dateOf, fullTime } from "@/locales/dates";
import { describeError } from "@/locales/errors";
import { Avatar } from "@/ui/Avatar";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem } from "@/ui/Menu";
import { grantRole, liftSuspension, withdrawRole, type GrantableRole } from "./queries";
import { isAdmin, moderates } from "./rights";
import { SuspendDialog } from "./SuspendDialog";

const GRANTABLE: readonly GrantableRole[] = ["moderator", "admin"];

/** An account, with what administrators and moderators may do with it. */
export function AccountItem({ account }: { account: AccountView }) {
  const { userId, username, email, status, suspendedReason, suspendedUntil, roles } = account;
  const me = useMe();
  const [isSuspending, setIsSuspending] = useState(false);
  const action = useMutation({ mutationFn: (act: () => Promise<void>) => act() });
  const isGone = status === "deleted";
  const mayGrant = isAdmin(me.roles);
  const maySuspend = mayGrant || !moderates(roles);
  const name = isGone ? t("people.deleted") : account.displayName;

  return (
    <li className="border-line px-3 py-3 text-sm not-first:border-t">
      <div className="flex items-center gap-3">
        <Avatar name={name} url={account.avatarUrl} seed={userId} />
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <span className="max-w-full truncate font-medium">{name}</span>
            {roles
              .filter((role) => role !== "user")
              .map((role) => (
                <span key={role} className="rounded-full bg-selected px-2 py-0.5 text-xs">
                  {role === "admin" || role === "moderator" ? t(`admin.role.${role}`) : role}
                </span>
              ))}
            {status !== "active" && (
              <span className="rounded-full bg-danger-soft px-2 py-0.5 text-xs text-danger">
                {t(`admin.status.${status}`)}
              </span>
            )}
          </p>
          {!isGone && (
            <p className="truncate text-xs text-muted">
              {[`@${username}`, email, t("people.memberSince", { date: dateOf(account.createdAt) })]
                .filter((part) => part !== "")
                .join(" · ")}
            </p>
          )}
          {status === "suspended" && (
            <p className="mt-1 text-xs [overflow-wrap:anywhere] text-muted">
              {suspendedReason}
              {suspendedUntil !== null && ` (${t("admin.suspendedUntil", { time: fullTime(suspendedUntil) })})`}
            </p>
          )}
        </div>
        {!isGone && maySuspend && (
          <Menu
            trigger={
              <IconButton label={t("admin.actions", { name })} disabled={action.isPending}>
                <Ellipsis aria-hidden />
              </IconButton>
            }
          >
            {(mayGrant ? GRANTABLE : []).map((role) =>
              roles.includes(role) ? (
                <MenuItem key={role} onSelect={() => action.mutate(() => withdrawRole(userId, role))}>
                  <ShieldOff aria-hidden />
                  {t("admin.withdraw", { role: t(`admin.role.${role}`) })}
                </MenuItem>
              ) : (
                <MenuItem key={role} onSelect={() => action.mutate(() => grantRole(userId, role))}>
                  <Shield aria-hidden />
                  {t("admin.grant", { role: t(`admin.role.${role}`) })}
                </MenuItem>
              ),
            )}
            {status === "suspended" && (
              <MenuItem onSelect={() => action.mutate(() => liftSuspension(userId))}>
                <RotateCcw aria-hidden />
                {t("admin.lift")}
              </MenuItem>
            )}
            {status === "active" && userId !== me.userId && (
              <MenuItem onSelect={() => setIsSuspending(true)} isDanger>
                <Ban aria-hidden />
                {t("admin.suspend")}
              </MenuItem>
            )}
          </Menu>
        )}
      </div>
      {action.error !== null && (
        <p role="alert" className="mt-2 text-xs text-danger">
          {describeError(action.error)}
        </p>
      )}
      {isSuspending && <SuspendDialog userId={userId} name={name} onClose={() => setIsSuspending(false)} />}
    </li>
  );
}
