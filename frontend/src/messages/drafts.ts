import { create } from "zustand";

/** What was written but not sent, by conversation. */
export const useDrafts = create<Partial<Record<string, string>>>(() => ({}));

export function keepDraft(conversationId: string, text: string): void {
  useDrafts.setState({ [conversationId]: text === "" ? undefined : text });
}
