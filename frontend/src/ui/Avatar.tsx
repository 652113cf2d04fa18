import { Users } from "lucide-react";
import { useState } from "react";
import { cx } from "@/lib/cx";

const COLOURS = ["bg-person-1", "bg-person-2", "bg-person-3", "bg-person-4", "bg-person-5", "bg-person-6"] as const;

const SIZES = {
  small: "size-8 text-xs",
  medium: "size-10 text-sm",
  large: "size-12 text-base",
  huge: "size-20 text-2xl",
} as const;

interface AvatarProps {
  name: string;
  url?: string | null | undefined;
  /** What its colour follows, so that a person keeps it. */
  seed: number | string;
  size?: keyof typeof SIZES;
  group?: boolean;
}

/** A picture; without one that can be shown, initials on a colour of their own. The name is always written beside it, so it is silent. */
export function Avatar({ name, url, seed, size = "medium", group = false }: AvatarProps) {
  const [broken, setBroken] = useState<string | null>(null);
  const shape = cx(
    "inline-flex shrink-0 items-center justify-center rounded-full font-medium select-none",
    SIZES[size],
  );
  if (typeof url === "string" && url !== broken) {
    return <img src={url} alt="" onError={() => setBroken(url)} className={cx(shape, "object-cover")} />;
  }
  return (
    <span aria-hidden className={cx(shape, "text-white", COLOURS[hash(String(seed)) % COLOURS.length])}>
      {group ? <Users className="size-1/2" /> : initials(name)}
    </span>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => Array.from(word ?? "")[0]?.toLocaleUpperCase() ?? "").join("");
}

function hash(text: string): number {
  let value = 7;
  for (const character of text) value = (value * 31 + (character.codePointAt(0) ?? 0)) % 2_147_483_647;
  return value;
}
