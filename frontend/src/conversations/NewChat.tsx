import { SquarePen } from "lucide-react";
import { useState } from "react";
import { useOpenPath } from "@/app/useOpenPath";
import { t } from "@/locales";
import { IconButton } from "@/ui/IconButton";
import { Dialog } from "@/ui/Dialog";
import { NewDirect } from "./NewDirect";
import { NewGroup } from "./NewGroup";

/** The button that opens the dialog to start a conversation, and the dialog. */
export function NewChat() {
  const [open, setOpen] = useState<"direct" | "group" | null>(null);
  const openPath = useOpenPath();

  const close = () => setOpen(null);
  const show = (id: string) => {
    close();
    openPath(`/c/${encodeURIComponent(id)}`);
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
