import { Download, ExternalLink, File, FileText } from "lucide-react";
import { memo } from "react";
import { API_URL } from "@/api/http";
import type { FileView, Message } from "@/api/types";
import { cx } from "@/lib/cx";
import { useTabStop } from "@/lib/tabStop";
import { t } from "@/locales";
import { attachmentsOf, kindOf, linkText, sizeText } from "./describe";
import { Picture } from "./Picture";
import { openPicture } from "./openPicture";

/** What a message sends besides its text. Everything has its height before it is loaded, so that nothing moves. */
export const Attachments = memo(function Attachments({ message, isMine }: { message: Message; isMine: boolean }) {
  const shown = attachmentsOf(message);
  if (shown.length === 0) return null;
  const pictures = shown.flatMap(({ file }) => (file !== undefined && isShownAsPicture(file) ? [file] : []));
  const rest = shown.filter(({ file }) => file === undefined || !isShownAsPicture(file));
  return (
    <div className={cx("flex flex-col gap-1.5", message.content !== "" && "mb-1.5")}>
      {pictures.length > 0 && (
        <div className={cx("grid gap-1", pictures.length > 1 && "grid-cols-2")}>
          {pictures.map((file, index) => (
            <Picture
              key={file.fileId}
              file={file}
              isAlone={pictures.length === 1}
              onOpen={() => openPicture(pictures, index)}
            />
          ))}
        </div>
      )}
      {rest.map(({ url, file }) =>
        file === undefined ? <OtherLink key={url} url={url} /> : <Media key={url} file={file} isMine={isMine} />,
      )}
    </div>
  );
});

const isShownAsPicture = (file: FileView): boolean => kindOf(file.mediaType) === "picture";

function Media({ file, isMine }: { file: FileView; isMine: boolean }) {
  const { mediaType, name, url } = file;
  const kind = kindOf(mediaType);
  const tabIndex = useTabStop();
  if (kind === "video") {
    return (
      <video
        controls
        tabIndex={tabIndex}
        playsInline
        preload="metadata"
        src={API_URL + url}
        aria-label={name}
        className="aspect-video w-80 max-w-full rounded-xl bg-[#000]"
      />
    );
  }
  if (kind === "audio") {
    return (
      <figure className="flex w-72 max-w-full flex-col gap-1">
        <figcaption className="h-5 truncate text-sm">{name}</figcaption>
        <audio
          controls
          tabIndex={tabIndex}
          preload="none"
          src={API_URL + url}
          aria-label={name}
          className="h-10 w-full"
        />
      </figure>
    );
  }
  return <FileCard file={file} isMine={isMine} />;
}

function FileCard({ file: { mediaType, name, size, url }, isMine }: { file: FileView; isMine: boolean }) {
  const isReadable = mediaType === "application/pdf" || mediaType.startsWith("text/");
  const Icon = isReadable ? FileText : File;
  return (
    <a
      href={API_URL + url}
      tabIndex={useTabStop()}
      target="_blank"
      rel="noreferrer noopener"
      download={isReadable ? undefined : name}
      className={cx(
        "flex h-14 w-72 max-w-full items-center gap-2.5 rounded-xl px-2.5",
        isMine ? "bg-[rgb(0_0_0/0.18)] hover:bg-[rgb(0_0_0/0.28)]" : "bg-canvas hover:bg-selected",
      )}
    >
      <Icon aria-hidden className="size-6 shrink-0" strokeWidth={1.5} />
      <span className="flex min-w-0 flex-1 flex-col">
        <span title={name} className="truncate text-sm font-medium">
          {name}
        </span>
        <span className={cx("text-xs", isMine ? "text-on-accent" : "text-muted")}>{sizeText(size)}</span>
      </span>
      {isReadable ? (
        <ExternalLink aria-hidden className="size-4 shrink-0" />
      ) : (
        <Download aria-hidden className="size-4 shrink-0" />
      )}
      <span className="sr-only">{t(isReadable ? "files.open" : "files.download")}</span>
    </a>
  );
}

/** What is elsewhere is only named: to show it would tell that place who looks. */
function OtherLink({ url }: { url: string }) {
  return (
    <a
      href={url}
      tabIndex={useTabStop()}
      target="_blank"
      rel="noreferrer noopener"
      className="line-clamp-2 underline underline-offset-2 [overflow-wrap:anywhere]"
    >
      {linkText(url)}
    </a>
  );
}
