import { useAnnouncement } from "@/lib/announce";

/** The one place that screen readers are told news from; errors, which are urgent, speak for themselves. */
export function Announcer() {
  const { text, id } = useAnnouncement();
  return (
    <div role="status" className="sr-only">
      <p key={id}>{text}</p>
    </div>
  );
}
