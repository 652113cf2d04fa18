import { ChevronLeft, ChevronRight, Download, ImageOff, X } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, type KeyboardEvent } from "react";
import { API_URL } from "@/api/http";
import type { FileView } from "@/api/types";
import { t } from "@/locales";
import { Announcer } from "@/ui/Announcer";
import { sizeText } from "./describe";
import { closePicture, openPicture, useOpenPicture } from "./openPicture";
import { usePicture } from "./usePicture";

/** The picture that was opened, as large as there is room. */
export function OpenPicture() {
  const { pictures, index } = useOpenPicture();
  const file = pictures[index];
  useEffect(() => closePicture, []);
  return file === undefined ? null : <PictureDialog file={file} pictures={pictures} index={index} />;
}

const BUTTON =
  "inline-flex size-11 shrink-0 items-center justify-center rounded-full bg-[rgb(0_0_0/0.45)] text-white hover:bg-[rgb(255_255_255/0.18)] focus-visible:outline-white [&_svg]:size-5";

interface PictureDialogProps {
  file: FileView;
  pictures: readonly FileView[];
  index: number;
}

/** On the browser's own `<dialog>`: Escape closes it, and the focus goes back to where it was. */
function PictureDialog({ file, pictures, index }: PictureDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  const show = (next: number) => {
    if (pictures[next] !== undefined) openPicture(pictures, next);
  };
  const onKeyDown = ({ key, altKey }: KeyboardEvent) => {
    if (!altKey && key === "ArrowLeft") show(index - 1);
    if (!altKey && key === "ArrowRight") show(index + 1);
  };
  return (
    <dialog
      ref={dialog}
      aria-label={file.name}
      onCancel={(event) => {
        event.preventDefault();
        closePicture();
      }}
      onKeyDown={onKeyDown}
      className="m-0 h-dvh max-h-none w-dvw max-w-none bg-[rgb(0_0_0/0.88)] text-white backdrop:bg-[rgb(0_0_0/0.5)] open:animate-appear"
    >
      <div className="flex h-full flex-col">
        <header className="flex items-center gap-2 p-2 pl-4 text-sm sm:p-3 sm:pl-5">
          <span className="mr-auto flex min-w-0 flex-col">
            <span className="truncate font-medium">{file.name}</span>
            <span className="text-xs">
              {sizeText(file.size)}
              {pictures.length > 1 && ` · ${t("files.place", { place: index + 1, count: pictures.length })}`}
            </span>
          </span>
          <a
            href={API_URL + file.url}
            download={file.name}
            aria-label={t("files.download")}
            title={t("files.download")}
            className={BUTTON}
          >
            <Download aria-hidden />
          </a>
          <button
            type="button"
            aria-label={t("app.close")}
            title={t("app.close")}
            onClick={closePicture}
            className={BUTTON}
          >
            <X aria-hidden />
          </button>
        </header>
        <div
          className="relative flex min-h-0 flex-1 items-center justify-center px-2 pb-4 sm:px-16"
          // Beside the picture.
          onClick={(event) => event.target === event.currentTarget && closePicture()}
        >
          <Large key={file.fileId} file={file} />
          {index > 0 && (
            <Turn label={t("files.previous")} className="left-2" onClick={() => show(index - 1)}>
              <ChevronLeft aria-hidden />
            </Turn>
          )}
          {index < pictures.length - 1 && (
            <Turn label={t("files.next")} className="right-2" onClick={() => show(index + 1)}>
              <ChevronRight aria-hidden />
            </Turn>
          )}
        </div>
      </div>
      <Announcer />
    </dialog>
  );
}

function Large({ file: { url, name } }: { file: FileView }) {
  const { src, hasFailed, onError } = usePicture(url);
  if (hasFailed) {
    return (
      <p className="flex flex-col items-center gap-2 text-sm">
        <ImageOff aria-hidden className="size-8" strokeWidth={1.5} />
        {t("files.notLoaded")}
      </p>
    );
  }
  return <img src={src} alt={name} onError={onError} className="max-h-full max-w-full rounded-lg object-contain" />;
}

interface TurnProps {
  label: string;
  className: string;
  onClick: () => void;
  children: React.ReactNode;
}

function Turn({ label, className, onClick, children }: TurnProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onClick}
      className={`${BUTTON} absolute top-1/2 -translate-y-1/2 ${className}`}
    >
      {children}
    </button>
  );
}
