import type { FileView, Message } from "@/api/types";
import { currentLanguage, t } from "@/locales";

export type FileKind = "picture" | "video" | "audio" | "other";

/** Whether the browser shows it as a picture: SVG only as what it is, a document. */
export function isPicture(mediaType: string): boolean {
  return /^image\/(png|jpeg|gif|webp|avif)$/.test(mediaType);
}

/** How a file is shown. */
export function kindOf(mediaType: string): FileKind {
  if (isPicture(mediaType)) return "picture";
  const [kind] = mediaType.split("/");
  return kind === "video" || kind === "audio" ? kind : "other";
}

/** A message without a text in a line: what it sends. */
export function attachmentsText({ attachments, files = [] }: Pick<Message, "attachments" | "files">): string {
  const [file] = files;
  if (file === undefined || attachments.length > 1) return t("conversations.attachment", { count: attachments.length });
  const kind = kindOf(file.mediaType);
  return kind === "other" ? file.name : t(`files.${kind}`);
}

/** 1.2 MB */
export function sizeText(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const step = Math.min(units.length - 1, bytes === 0 ? 0 : Math.floor(Math.log(bytes) / Math.log(1_000)));
  const format = new Intl.NumberFormat(currentLanguage(), {
    style: "unit",
    unit: units[step],
    unitDisplay: step === 0 ? "long" : "short",
    maximumFractionDigits: step < 2 ? 0 : 1,
  });
  return format.format(bytes / 1_000 ** step);
}

/** What is known of an attachment by its address alone. */
export function linkText(url: string): string {
  try {
    const { hostname, pathname } = new URL(url);
    const name = decodeURIComponent(pathname.split("/").at(-1) ?? "");
    return name === "" ? hostname : `${name} (${hostname})`;
  } catch {
    return t("messages.attachment");
  }
}

export interface Shown {
  url: string;
  /** Nothing is known of what is elsewhere. */
  file: FileView | undefined;
}

/** A message's attachments, with what is known of those that were uploaded. */
export function attachmentsOf({ attachments, files = [] }: Pick<Message, "attachments" | "files">): Shown[] {
  return attachments.map((url) => ({ url, file: files.find((file) => file.url === url) }));
}
