import { useMutation, useQuery } from "@tanstack/react-query";
import { t } from "@/locales";
import { Button } from "@/ui/Button";
import { notificationsQuery, readAllNotifications } from "./queries";

export function ReadAll() {
  const { refetch } = useQuery(notificationsQuery);
  // What could not be marked shows as unread again.
  const readAll = useMutation({ mutationFn: readAllNotifications, onError: () => void refetch() });
  return (
    <Button variant="quiet" busy={readAll.isPending} onClick={() => readAll.mutate()} size="small">
      {t("notifications.readAll")}
    </Button>
  );
}
