import { create } from "zustand";

/** What lies over the app, one at a time. */
export type Overlay = "switcher" | "shortcuts" | null;

export const useOverlay = create<{ open: Overlay }>(() => ({ open: null }));

export function showOverlay(open: Overlay): void {
  useOverlay.setState({ open });
}
