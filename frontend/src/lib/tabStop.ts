import { createContext, useContext } from "react";

/** The `tabIndex` of what can be pressed here: of a list with one tab stop, only what is in the active row has one. */
export const TabStop = createContext<0 | -1>(0);

export const useTabStop = (): 0 | -1 => useContext(TabStop);
