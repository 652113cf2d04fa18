import { Keyboard, LogOut, Settings, ShieldCheck, Users, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { moderates } from "@/admin/rights";
import { useMe } from "@/auth/me";
import { signOut } from "@/auth/session";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { outbox } from "@/messages/outboxStore";
import { useConnection } from "@/realtime/connection";
import { Avatar } from "@/ui/Avatar";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/ui/Menu";
import { ErrorNote } from "@/ui/Notice";
import { showOverlay } from "./overlay";
import { UnsentWarning } from "./UnsentWarning";

export function AccountMenu() {
  const me = useMe();
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>(null);
  /** How many messages signing out would discard, while it is asked whether to. */
  const [unsent, setUnsent] = useState(0);
  const leave = () => {
    setUnsent(0);
    setError(null);
    signOut().catch(setError);
  };
  // It was the connection that kept the user here, most likely.
  useEffect(
    () =>
      useConnection.subscribe(
        ({ status }, before) => status === "online" && status !== before.status && setError(null),
      ),
    [],
  );

  return (
    <>
      <Menu
        trigger={
          <button type="button" aria-label={t("auth.account")} title={t("auth.account")} className="ml-1 rounded-full">
            <Avatar name={me.displayName} url={me.avatarUrl} seed={me.userId} size="small" />
          </button>
        }
      >
        <MenuLabel>
          <span className="block text-xs text-muted">{t("auth.signedInAs")}</span>
          <span className="block max-w-56 truncate font-medium">{me.displayName}</span>
          <span className="block max-w-56 truncate text-muted">@{me.username}</span>
        </MenuLabel>
        <MenuSeparator />
        <MenuItem onSelect={() => void navigate("/people")}>
          <Users aria-hidden />
          {t("people.title")}
        </MenuItem>
        {moderates(me.roles) && (
          <MenuItem onSelect={() => void navigate("/admin")}>
            <ShieldCheck aria-hidden />
            {t("admin.title")}
          </MenuItem>
        )}
        <MenuItem onSelect={() => void navigate("/settings")}>
          <Settings aria-hidden />
          {t("settings.title")}
        </MenuItem>
        <MenuItem onSelect={() => showOverlay("shortcuts")}>
          <Keyboard aria-hidden />
          {t("shortcuts.title")}
        </MenuItem>
        <MenuSeparator />
        <MenuItem onSelect={() => (outbox.read().length === 0 ? leave() : setUnsent(outbox.read().length))}>
          <LogOut aria-hidden />
          {t("auth.signOut")}
        </MenuItem>
      </Menu>
      {unsent > 0 && <UnsentWarning count={unsent} onLeave={leave} onStay={() => setUnsent(0)} />}
      {error !== null && (
        <div className="absolute inset-x-3 top-16 z-10 flex items-start gap-1 rounded-lg bg-danger-soft pr-1 shadow-float">
          <div className="flex-1">
            <ErrorNote>{describeError(error)}</ErrorNote>
          </div>
          <IconButton label={t("app.close")} look="small" className="mt-1" onClick={() => setError(null)}>
            <X aria-hidden />
          </IconButton>
        </div>
      )}
    </>
  );
}
