import { SquarePen } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { t } from "@/locales";
import { IconButton } from "@/ui/IconButton";
import { Dialog } from "@/ui/Dialog";
import { NewDirect } from "./NewDirect";
import { NewGroup } from "./NewGroup";

/** The button that opens the dialog to start a conversation, and the dialog. */
export function NewChat() {
  const [open, setOpen] = useState<"direct" | "group" | null>(null);
  const navigate = useNavigate();

  const close = () => setOpen(null);
  const show = (id: string) => {
    close();
    void navigate(`/c/${encodeURIComponent(id)}`);
  };

  return (
    <>
      <IconButton label={t("conversations.start")} onClick={() => setOpen("direct")}>
        <SquarePen aria-hidden />
      </IconButton>
      {open !== null && (
        <Dialog
          title={t(open === "direct" ? "create.title" : "create.groupTitle")}
          closeLabel={t("app.close")}
          onClose={close}
        >
          {open === "direct" ? (
            <NewDirect onCreated={show} onGroup={() => setOpen("group")} />
          ) : (
            <NewGroup onCreated={show} onDirect={() => setOpen("direct")} />
          )}
        </Dialog>
      )}
    </>
  );
}
