import { X } from "lucide-react";
import { useEffect, useRef } from "react";
import { Link, useOutletContext } from "react-router";
import type { Conversation } from "@/api/types";
import { useMe } from "@/auth/me";
import { otherMember } from "@/conversations/describe";
import { t } from "@/locales";
import { ICON_BUTTON } from "@/ui/IconButton";
import { ProfileCard } from "@/people/ProfileCard";
import { GroupHead } from "./GroupHead";
import { Leaving } from "./Leaving";
import { Members } from "./Members";
import { OwnSettings } from "./OwnSettings";

/** What there is to know and to set of a conversation; beside it, or in its place where there is little room. */
export function DetailsPanel() {
  const conversation = useOutletContext<Conversation>();
  const me = useMe();
  const title = useRef<HTMLHeadingElement>(null);
  const other = conversation.type === "direct" ? otherMember(conversation, me.userId) : undefined;
  useEffect(() => title.current?.focus(), []);

  return (
    <aside
      aria-labelledby="details-title"
      className="flex min-h-0 w-full flex-col border-line bg-canvas xl:w-88 xl:shrink-0 xl:border-l"
    >
      <header className="flex h-16 shrink-0 items-center justify-between border-b border-line bg-surface pr-3 pl-5">
        <h2 id="details-title" ref={title} tabIndex={-1} className="font-semibold outline-none">
          {t("details.title")}
        </h2>
        <Link
          to={`/c/${encodeURIComponent(conversation.id)}`}
          aria-label={t("details.close")}
          title={t("details.close")}
          className={ICON_BUTTON}
        >
          <X aria-hidden className="size-5" />
        </Link>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex w-full max-w-lg flex-col gap-6 px-4 py-6">
          {other === undefined ? <GroupHead conversation={conversation} /> : <ProfileCard userId={other.userId} />}
          <OwnSettings conversation={conversation} />
          {other === undefined && <Members conversation={conversation} />}
          <Leaving conversation={conversation} />
        </div>
      </div>
    </aside>
  );
}
