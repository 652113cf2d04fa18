import { useState } from "react";
import { useAnnouncement } from "@/lib/announce";

/**
 * Where screen readers are told news from; errors, which are urgent, speak for themselves. There is one for the page, and
 * one in each modal dialog: all outside it is silent while it is open.
 */
export function Announcer() {
  const { text, id } = useAnnouncement();
  // What was said before it came was said elsewhere.
  const [before] = useState(id);
  return (
    <div role="status" className="sr-only">
      <p key={id}>{id === before ? "" : text}</p>
    </div>
  );
}
