import { useEffect, useRef } from "react";
import type { Conversation, Message } from "@/api/types";
import { memberName } from "@/conversations/describe";
import { attachmentsText } from "@/files/describe";
import { announce } from "@/lib/announce";
import { t } from "@/locales";
import { systemText } from "./systemText";

/** Has what others write in the open conversation read out as it comes. */
export function useAnnounced(conversation: Conversation, messages: readonly Message[], meId: number): void {
  const last = messages.at(-1);
  const announced = useRef(last?.seq ?? 0);
  useEffect(() => {
    if (last === undefined || last.seq <= announced.current) return;
    announced.current = last.seq;
    if (last.senderId === meId || last.deletedAt !== null) return;
    if (last.type === "system") {
      announce(systemText(last, meId, (userId) => memberName(conversation, userId)));
      return;
    }
    const text = last.content === "" ? attachmentsText(last) : last.content;
    announce(t("messages.announced", { name: memberName(conversation, last.senderId), text }));
  }, [last, conversation, meId]);
}
