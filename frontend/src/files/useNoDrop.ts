import { useEffect } from "react";

/** Has nothing happen when files are dropped where nobody takes them: the browser would leave the app for the file. */
export function useNoDrop(): void {
  useEffect(() => {
    const refuse = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files") !== true) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "none";
    };
    // Before `useDrop`, which may want them.
    window.addEventListener("dragover", refuse, true);
    window.addEventListener("drop", refuse, true);
    return () => {
      window.removeEventListener("dragover", refuse, true);
      window.removeEventListener("drop", refuse, true);
    };
  }, []);
}
