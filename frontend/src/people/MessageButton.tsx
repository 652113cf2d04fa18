import { useMutation } from "@tanstack/react-query";
import { MessageCircle } from "lucide-react";
import { useNavigate } from "react-router";
import { createConversation } from "@/conversations/queries";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { Button } from "@/ui/Button";

/** Opens the conversation with somebody, new or not. */
export function MessageButton({ userId, name, isSmall = false }: { userId: number; name: string; isSmall?: boolean }) {
  const navigate = useNavigate();
  const creation = useMutation({
    mutationFn: () => createConversation({ type: "direct", participantIds: [userId] }),
    onSuccess: ({ id }) => void navigate(`/c/${encodeURIComponent(id)}`),
  });
  return (
    <>
      <Button
        variant={isSmall ? "quiet" : "primary"}
        size={isSmall ? "small" : "medium"}
        busy={creation.isPending}
        aria-label={`${t("people.message")}: ${name}`}
        onClick={() => creation.mutate()}
      >
        <MessageCircle aria-hidden className="size-4" />
        {t("people.message")}
      </Button>
      {creation.error !== null && (
        <span role="alert" className="text-xs text-danger">
          {describeError(creation.error)}
        </span>
      )}
    </>
  );
}
