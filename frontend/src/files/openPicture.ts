import { create } from "zustand";
import type { FileView } from "@/api/types";

/** The picture that is shown large, among those of its message. */
export const useOpenPicture = create<{ pictures: readonly FileView[]; index: number }>(() => ({
  pictures: [],
  index: 0,
}));

export function openPicture(pictures: readonly FileView[], index: number): void {
  useOpenPicture.setState({ pictures, index });
}

export function closePicture(): void {
  openPicture([], 0);
}
