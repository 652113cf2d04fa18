import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useOpenPath } from "@/app/useOpenPath";
import { useMe } from "@/auth/me";
import { readConversations } from "@/conversations/queries";
import { t } from "@/locales";
import { useSettings } from "@/settings/settings";
import { canAlert, startAlerts } from "./alerts";
import { describe } from "./describe";
import { notificationsQuery } from "./queries";
import { pathOf } from "./target";

/** Shows what is new on the desktop, as far as the user wants it. */
export function useAlerts(): void {
  const { userId } = useMe();
  const openPath = useOpenPath();
  const isOn = useSettings(({ desktop }) => desktop) && canAlert();
  // What is new is known by what was there before.
  useQuery({ ...notificationsQuery, enabled: isOn });

  useEffect(() => {
    if (!isOn) return;
    return startAlerts((notification) => {
      const path = pathOf(notification, userId);
      if (!useSettings.getState().desktopContent) return { title: t("app.name"), body: t("desktop.hidden"), path };
      const { title, text } = describe(
        notification,
        readConversations().byId[notification.conversationId ?? ""],
        userId,
      );
      return { title, body: text, path };
    }, openPath);
  }, [isOn, openPath, userId]);
}
