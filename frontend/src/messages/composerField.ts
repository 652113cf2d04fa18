import { useEffect, type RefObject } from "react";
import { create } from "zustand";

/** The field in which messages are written, while there is one. */
const useField = create<{ field: HTMLTextAreaElement | null }>(() => ({ field: null }));

/** Whether something can be written in the conversation that is open. */
export const useCanWrite = (): boolean => useField(({ field }) => field !== null);

export const canWrite = (): boolean => useField.getState().field !== null;

/** Makes a field the one in which is written, as long as it is there. */
export function useAsComposer(element: RefObject<HTMLTextAreaElement | null>): void {
  useEffect(() => {
    const field = element.current;
    useField.setState({ field });
    return () => useField.setState((now) => (now.field === field ? { field: null } : now));
  }, [element]);
}

/** Goes on writing; false if there is nothing to write in. */
export function focusComposer(): boolean {
  const { field } = useField.getState();
  field?.focus();
  return field !== null;
}
