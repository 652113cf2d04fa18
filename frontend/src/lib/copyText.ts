import { t } from "@/locales";
import { announce } from "./announce";

/** Puts a text on the clipboard, and says whether it is there. */
export function copyText(text: string): void {
  // Insecure origins have no clipboard.
  const clipboard = (navigator as Partial<Navigator>).clipboard;
  const copied = clipboard?.writeText(text) ?? Promise.reject(new Error("There is no clipboard."));
  copied.then(
    () => announce(t("messages.copied")),
    () => announce(t("messages.notCopied")),
  );
}
