import { MessagesSquare } from "lucide-react";
import { t } from "@/locales";
import { EmptyState } from "@/ui/Notice";

/** The right side while no conversation is open; phones show the list alone. */
export function NothingOpen() {
  return <EmptyState icon={MessagesSquare} title={t("conversations.pick")} hint={t("conversations.pickHint")} />;
}
