import { File, Film, Music } from "lucide-react";
import { cx } from "@/lib/cx";
import type { Enclosed } from "@/messages/outbox";
import { kindOf, sizeText } from "./describe";
import { FRAME } from "./Picture";
import { stateText, UploadBar } from "./Picked";
import { previewOf } from "./previews";
import { useUploads } from "./uploads";

const ICONS = { picture: File, video: Film, audio: Music, other: File } as const;

interface SendingProps {
  files: readonly Enclosed[];
  hasText: boolean;
}

/** The files of a message on its way, as large as they will be when it is there. */
export function Sending({ files, hasText }: SendingProps) {
  const pictures = files.filter(({ mediaType }) => kindOf(mediaType) === "picture");
  const rest = files.filter(({ mediaType }) => kindOf(mediaType) !== "picture");
  return (
    <div className={cx("flex flex-col gap-1.5", hasText && "mb-1.5")}>
      {pictures.length > 0 && (
        <div className={cx("grid gap-1", pictures.length > 1 && "grid-cols-2")}>
          {pictures.map((file) => (
            <PictureSending key={file.id} file={file} isAlone={pictures.length === 1} />
          ))}
        </div>
      )}
      {rest.map((file) => (
        <CardSending key={file.id} file={file} />
      ))}
    </div>
  );
}

function useUpload(id: string) {
  return useUploads(({ uploads }) => uploads.find((upload) => upload.id === id));
}

function PictureSending({ file, isAlone }: { file: Enclosed; isAlone: boolean }) {
  const upload = useUpload(file.id);
  const preview = upload?.preview ?? (file.url === null ? undefined : previewOf(file.url));
  return (
    <span
      className={cx(
        "relative flex items-center justify-center overflow-hidden rounded-xl bg-hover text-muted",
        isAlone ? FRAME.alone : FRAME.among,
      )}
    >
      {preview === undefined ? (
        <span className="truncate p-3 text-xs">{file.name}</span>
      ) : (
        <img src={preview} alt={file.name} className="size-full object-cover" />
      )}
      {upload !== undefined && upload.state !== "done" && upload.state !== "failed" && (
        <span className="absolute inset-x-0 bottom-0 bg-[rgb(0_0_0/0.6)] px-2 pt-1 pb-2 text-xs text-white">
          {stateText(upload)}
        </span>
      )}
      {upload !== undefined && <UploadBar upload={upload} />}
    </span>
  );
}

function CardSending({ file }: { file: Enclosed }) {
  const upload = useUpload(file.id);
  const Icon = ICONS[kindOf(file.mediaType)];
  return (
    <span className="relative flex h-14 w-72 max-w-full items-center gap-2.5 overflow-hidden rounded-xl bg-[rgb(0_0_0/0.18)] px-2.5">
      <Icon aria-hidden className="size-6 shrink-0" strokeWidth={1.5} />
      <span className="flex min-w-0 flex-1 flex-col">
        <span title={file.name} className="truncate text-sm font-medium">
          {file.name}
        </span>
        <span className="text-xs">{upload === undefined ? sizeText(file.size) : stateText(upload)}</span>
      </span>
      {upload !== undefined && <UploadBar upload={upload} />}
    </span>
  );
}
