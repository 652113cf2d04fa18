import { Paperclip } from "lucide-react";
import { useRef } from "react";
import { t } from "@/locales";
import { IconButton } from "@/ui/IconButton";

/** Chooses files of this device. */
export function AttachButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton label={t("files.attach")} onClick={() => input.current?.click()} className="h-11!">
        <Paperclip aria-hidden />
      </IconButton>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={t("files.attach")}
        onChange={({ target }) => {
          onFiles([...(target.files ?? [])]);
          // The same file may be chosen again.
          target.value = "";
        }}
      />
    </>
  );
}
