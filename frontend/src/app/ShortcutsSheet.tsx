import { Fragment } from "react";
import { t, type MessageKey } from "@/locales";
import { Dialog } from "@/ui/Dialog";

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);
const [COMMAND, ALT, SHIFT] = isApple ? ["⌘", "⌥", "⇧"] : ["Ctrl", "Alt", "Shift"];

/** What it does, and the combinations of keys that do it. */
type Line = readonly [MessageKey, ...string[][]];

const SECTIONS: readonly { title: MessageKey; lines: readonly Line[] }[] = [
  {
    title: "shortcuts.general",
    lines: [
      ["shortcuts.switch", [COMMAND, "K"]],
      ["shortcuts.search", [COMMAND, SHIFT, "F"]],
      ["shortcuts.previous", [ALT, "↑"]],
      ["shortcuts.next", [ALT, "↓"]],
      ["shortcuts.close", ["Esc"]],
      ["shortcuts.sheet", ["?"], [COMMAND, "/"]],
    ],
  },
  {
    title: "shortcuts.writing",
    lines: [
      ["shortcuts.send", ["Enter"]],
      ["shortcuts.newLine", [SHIFT, "Enter"]],
      ["shortcuts.editLast", ["↑"]],
      ["shortcuts.reply", [COMMAND, "↑"], [COMMAND, "↓"]],
    ],
  },
  {
    title: "shortcuts.history",
    lines: [
      ["shortcuts.messages", ["↑"], ["↓"]],
      ["shortcuts.actions", ["Enter"]],
      ["shortcuts.replyHere", ["R"]],
      ["shortcuts.toComposer", ["Esc"]],
    ],
  },
];

export function ShortcutsSheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t("shortcuts.title")} closeLabel={t("app.close")} onClose={onClose} size="fit">
      <div tabIndex={0} className="flex min-h-0 flex-1 flex-col gap-6 overflow-y-auto px-5 pb-5">
        {SECTIONS.map(({ title, lines }) => (
          <section key={title}>
            <h3 className="mb-1 text-xs font-medium text-muted">{t(title)}</h3>
            <dl className="text-sm">
              {lines.map(([action, ...combinations]) => (
                <div
                  key={action}
                  className="flex items-center justify-between gap-4 border-line py-2 not-first:border-t"
                >
                  <dt>{t(action)}</dt>
                  <dd className="flex shrink-0 items-center gap-1.5">
                    {combinations.map((keys, index) => (
                      <Fragment key={keys.join()}>
                        {index > 0 && <span className="text-xs text-muted">{t("shortcuts.or")}</span>}
                        {keys.map((key) => (
                          <kbd
                            key={key}
                            className="inline-flex h-6 min-w-6 items-center justify-center rounded-md border border-line bg-canvas px-1.5 font-sans text-xs"
                          >
                            {key}
                          </kbd>
                        ))}
                      </Fragment>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
