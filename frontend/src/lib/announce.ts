import { create } from "zustand";

interface Announcement {
  text: string;
  /** Tells two announcements of the same text apart. */
  id: number;
}

export const useAnnouncement = create<Announcement>(() => ({ text: "", id: 0 }));

/** Has a screen reader say this when it has finished what it is saying. */
export function announce(text: string): void {
  useAnnouncement.setState(({ id }) => ({ text, id: id + 1 }));
}
