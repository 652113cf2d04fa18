import { ArrowLeft } from "lucide-react";
import type { MouseEvent } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { t } from "@/locales";
import { ICON_BUTTON } from "@/ui/IconButton";

/** What a link of the list tells the page that it leads to: the list is one step back. */
export const FROM_LIST = { isFromList: true };

/** On narrow screens the way back to the list, which leaves nothing behind that going back would open again. */
export function BackToChats() {
  const navigate = useNavigate();
  const state = useLocation().state as Partial<typeof FROM_LIST> | null;
  const goBack = (event: MouseEvent) => {
    const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
    if (opensElsewhere || state?.isFromList !== true) return;
    event.preventDefault();
    void navigate(-1);
  };
  return (
    <Link to="/" replace onClick={goBack} aria-label={t("conversations.back")} className={`${ICON_BUTTON} md:hidden`}>
      <ArrowLeft aria-hidden className="size-5" />
    </Link>
  );
}
