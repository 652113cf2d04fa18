import { useState } from "react";
import { t } from "@/locales";
import { canAlert } from "@/notifications/alerts";
import { ErrorNote } from "@/ui/Notice";
import { Card } from "@/ui/Panel";
import { Toggle } from "@/ui/Toggle";
import { chooseDesktop, useSettings } from "./settings";

/** Whether and how what is new is shown on the desktop; asks the browser for it. */
export function DesktopNotifications() {
  const { desktop, desktopContent } = useSettings();
  const [isDenied, setIsDenied] = useState(false);
  const isOn = desktop && canAlert() && Notification.permission === "granted";

  const turn = async (on: boolean) => {
    const isAllowed = on && (await Notification.requestPermission()) === "granted";
    setIsDenied(on && !isAllowed);
    chooseDesktop({ desktop: isAllowed });
  };
  return (
    <fieldset>
      <legend className="mb-2 text-sm font-semibold">{t("desktop.title")}</legend>
      {canAlert() ? (
        <div className="flex flex-col gap-2">
          <Card>
            <Toggle label={t("desktop.show")} checked={isOn} onChange={(on) => void turn(on)} />
            <Toggle
              label={t("desktop.content")}
              checked={desktopContent}
              disabled={!isOn}
              onChange={(on) => chooseDesktop({ desktopContent: on })}
            />
          </Card>
          {isDenied && <ErrorNote>{t("desktop.denied")}</ErrorNote>}
        </div>
      ) : (
        <p className="text-sm text-muted">{t("desktop.unsupported")}</p>
      )}
    </fieldset>
  );
}
