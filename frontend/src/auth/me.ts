import { createContext, use } from "react";
import type { Me } from "@/api/types";

/** The user signed in; set around everything that is shown to signed-in people. */
export const MeContext = createContext<Me | null>(null);

/** The user signed in. */
export function useMe(): Me {
  const me = use(MeContext);
  if (me === null) throw new Error("useMe needs a signed-in user around it");
  return me;
}
