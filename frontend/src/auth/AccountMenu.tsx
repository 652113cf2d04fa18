import { LogOut } from "lucide-react";
import { useState } from "react";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { Avatar } from "@/ui/Avatar";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/ui/Menu";
import { ErrorNote } from "@/ui/Notice";
import { useMe } from "./me";
import { signOut } from "./session";

export function AccountMenu() {
  const me = useMe();
  const [error, setError] = useState<unknown>(null);
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
        <MenuItem onSelect={() => void signOut().catch(setError)}>
          <LogOut aria-hidden />
          {t("auth.signOut")}
        </MenuItem>
      </Menu>
      {error !== null && (
        <div className="absolute inset-x-3 top-16 z-10">
          <ErrorNote>{describeError(error)}</ErrorNote>
        </div>
      )}
    </>
  );
}
