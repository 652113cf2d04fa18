import { attachmentsOf, kindOf } from "@/files/describe";
import type { Row } from "./rows";

/** Characters on a line of a bubble, roughly. */
const LINE = 56;

/** A row's height in pixels before it is measured: near enough for the scroll bar to be honest. */
export function heightOf(row: Row | undefined): number {
  if (row === undefined) return 0;
  if (row.kind === "day") return 60;
  if (row.kind === "system" || row.kind === "unread") return 32;
  const content = row.kind === "message" ? row.message.content : row.outgoing.content;
  const types =
    row.kind === "message"
      ? attachmentsOf(row.message).map(({ file }) => file?.mediaType ?? "")
      : (row.outgoing.files ?? []).map(({ mediaType }) => mediaType);
  const lines = content.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / LINE)), 0);
  return (
    16 +
    21 * (content === "" && types.length > 0 ? 0 : lines) +
    heightOfFiles(types) +
    (isReply(row) ? 54 : 0) +
    (row.startsGroup ? 12 : 2) +
    // What is on its way says so, wherever it stands.
    (row.endsGroup || row.kind === "outgoing" ? 20 : 0)
  );
}

function isReply(row: Extract<Row, { kind: "message" | "outgoing" }>): boolean {
  const { replyTo } = row.kind === "message" ? row.message : row.outgoing;
  return replyTo !== undefined;
}

/** Of the room that `Attachments` takes for files of these types. */
function heightOfFiles(types: readonly string[]): number {
  if (types.length === 0) return 0;
  const pictures = types.filter((type) => kindOf(type) === "picture").length;
  const grid = pictures === 0 ? 0 : pictures === 1 ? 214 : 134 * Math.ceil(pictures / 2);
  const heights = { picture: 0, video: 186, audio: 70, other: 62 } as const;
  return types.reduce((sum, type) => sum + heights[kindOf(type)], grid);
}
