/** The icon with a number on it, 99 at most; as it is for zero. */
export function badged(icon: string, count: number): string {
  if (count <= 0) return icon;
  const text = String(Math.min(count, 99));
  const x = text.length > 1 ? 20 : 22;
  const width = 2 * (32 - x);
  const badge =
    `<rect x="${32 - width}" y="12" width="${width}" height="20" rx="10" fill="#c2410c"/>` +
    `<text x="${x}" y="27.5" font-family="Arial, sans-serif" font-size="16" font-weight="700" ` +
    `text-anchor="middle" fill="#fff">${text}</text>`;
  return icon.replace("</svg>", `${badge}</svg>`);
}

/** The icon without a number, once one was wanted. */
let icon: Promise<string> | null = null;
/** The number that is to be shown. */
let shown = 0;

/** Shows a number on the tab's icon, and on the app's where it is installed. */
export async function showCount(count: number): Promise<void> {
  const { setAppBadge } = navigator as Partial<Navigator>;
  setAppBadge?.call(navigator, count).catch(() => undefined);
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  shown = count;
  if (link === null || (count === 0 && icon === null)) return;
  icon ??= fetch("/favicon.svg").then((answer) => answer.text());
  try {
    const drawn = badged(await icon, count);
    // Another number may have come meanwhile.
    if (shown === count) link.href = `data:image/svg+xml,${encodeURIComponent(drawn)}`;
  } catch {
    // The icon stays as it is; the title tells the number, too.
    icon = null;
  }
}
