import { lazy, Suspense } from "react";
import { QuickSwitcher } from "@/switcher/QuickSwitcher";
import { showOverlay, useOverlay } from "./overlay";

const ShortcutsSheet = lazy(async () => ({ default: (await import("./ShortcutsSheet")).ShortcutsSheet }));

const close = () => showOverlay(null);

// The switcher is not lazy: what is typed right after its shortcut must go to it.

/** What is called by a shortcut and lies over everything. */
export function Overlays() {
  const open = useOverlay((overlay) => overlay.open);
  return (
    <Suspense>
      {open === "switcher" && <QuickSwitcher onClose={close} />}
      {open === "shortcuts" && <ShortcutsSheet onClose={close} />}
    </Suspense>
  );
}
