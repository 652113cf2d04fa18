import { ImageOff } from "lucide-react";
import { useState } from "react";
import type { FileView } from "@/api/types";
import { cx } from "@/lib/cx";
import { useTabStop } from "@/lib/tabStop";
import { t } from "@/locales";
import { usePicture } from "./usePicture";

/** The frame of a picture: of a fixed size, since nothing tells how large pictures are before they are there. */
export const FRAME = {
  alone: "h-52 w-72 max-w-full",
  among: "size-32 max-w-full",
} as const;

interface PictureProps {
  file: FileView;
  isAlone: boolean;
  onOpen: () => void;
}

/** A picture of a message, which opens large. It is loaded when it comes near the screen. */
export function Picture({ file, isAlone, onOpen }: PictureProps) {
  const { src, hasFailed, onError } = usePicture(file.url);
  const [isLoaded, setIsLoaded] = useState(false);
  const { name } = file;
  return (
    <button
      type="button"
      tabIndex={useTabStop()}
      onClick={onOpen}
      aria-label={t("files.enlarge", { name })}
      className={cx(
        "flex items-center justify-center overflow-hidden rounded-xl bg-hover text-muted focus-visible:outline-offset-2",
        isAlone ? FRAME.alone : FRAME.among,
      )}
    >
      {hasFailed ? (
        <span className="flex flex-col items-center gap-1.5 p-2 text-xs">
          <ImageOff aria-hidden className="size-6" strokeWidth={1.5} />
          {t("files.notLoaded")}
        </span>
      ) : (
        <img
          key={src}
          src={src}
          alt={name}
          loading="lazy"
          decoding="async"
          draggable={false}
          onError={onError}
          onLoad={() => setIsLoaded(true)}
          className={cx("size-full object-cover transition-opacity duration-200", !isLoaded && "opacity-0")}
        />
      )}
    </button>
  );
}
