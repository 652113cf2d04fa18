import { CircleAlert, File, Film, Music, RotateCw, X } from "lucide-react";
import { cx } from "@/lib/cx";
import { t } from "@/locales";
import { IconButton } from "@/ui/IconButton";
import { kindOf, sizeText } from "./describe";
import { uploadError } from "./errors";
import { cancel, retry, type Upload } from "./uploads";

const ICONS = { picture: File, video: Film, audio: Music, other: File } as const;

/** The files that the next message sends, above the field in which it is written. */
export function Picked({ uploads }: { uploads: readonly Upload[] }) {
  if (uploads.length === 0) return null;
  return (
    <ul
      aria-label={t("files.picked")}
      className="mx-auto mb-2 flex max-h-44 w-full max-w-3xl flex-wrap gap-2 overflow-y-auto"
    >
      {uploads.map((upload) => (
        <PickedItem key={upload.id} upload={upload} />
      ))}
    </ul>
  );
}

function PickedItem({ upload }: { upload: Upload }) {
  const { id, file, preview, state, error } = upload;
  const hasFailed = state === "failed" && error !== undefined;
  const Icon = hasFailed ? CircleAlert : ICONS[kindOf(file.type)];
  return (
    <li
      className={cx(
        "relative flex w-full items-center gap-2.5 overflow-hidden rounded-xl border p-1.5 sm:w-64",
        hasFailed ? "border-danger" : "border-line",
      )}
    >
      {preview === null ? (
        <span className="flex size-11 shrink-0 items-center justify-center rounded-lg bg-hover text-muted">
          <Icon aria-hidden className={cx("size-5", hasFailed && "text-danger")} />
        </span>
      ) : (
        <img src={preview} alt="" className="size-11 shrink-0 rounded-lg object-cover" />
      )}
      <span className="flex min-w-0 flex-1 flex-col">
        <span title={file.name} className="truncate text-sm">
          {file.name}
        </span>
        {hasFailed ? (
          <span role="alert" className="line-clamp-3 text-xs text-danger">
            {uploadError(error)}
          </span>
        ) : (
          <span className="text-xs text-muted">{stateText(upload)}</span>
        )}
      </span>
      {hasFailed && (
        <IconButton label={t("files.retry", { name: file.name })} onClick={() => retry(id)} look="small">
          <RotateCw aria-hidden />
        </IconButton>
      )}
      <IconButton label={t("files.remove", { name: file.name })} onClick={() => cancel(id)} look="small">
        <X aria-hidden />
      </IconButton>
      <UploadBar upload={upload} />
    </li>
  );
}

/** How far a file has come, in words. */
export function stateText({ state, progress, file }: Upload): string {
  if (state === "offline") return t("messages.waiting");
  if (state === "waiting") return t("files.waiting");
  const size = sizeText(file.size);
  return state === "uploading" ? t("files.progress", { percent: Math.floor(progress * 100), size }) : size;
}

/** How far a file has come, as a bar along the foot of what it stands in. */
export function UploadBar({ upload: { state, progress, file } }: { upload: Upload }) {
  if (state === "done" || state === "failed") return null;
  return (
    <progress
      aria-label={t("files.uploading", { name: file.name })}
      value={progress}
      max={1}
      className="upload-bar absolute inset-x-0 bottom-0 h-1 w-full"
    />
  );
}
