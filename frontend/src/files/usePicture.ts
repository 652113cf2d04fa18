import { useState } from "react";
import { API_URL } from "@/api/http";
import { tokens } from "@/auth/tokens";
import { previewOf } from "./previews";

interface Loading {
  src: string;
  hasFailed: boolean;
  onError: () => void;
}

/**
 * Where a picture is loaded from. The browser shows who it is by a cookie, which ends with the access token: what fails is
 * tried again with a new one.
 */
export function usePicture(url: string): Loading {
  const [state, setState] = useState<"first" | "again" | "failed">("first");
  const address = previewOf(url) ?? API_URL + url;
  return {
    src: state === "first" ? address : `${API_URL}${url}?again`,
    hasFailed: state === "failed",
    onError: () => {
      if (state === "again") setState("failed");
      if (state !== "first") return;
      tokens.fresh().then(
        () => setState("again"),
        () => setState("failed"),
      );
    },
  };
}
