/** Pictures uploaded by this tab, by their addresses: what is here already need not come back from the server. */
const held = new Map<string, string>();
const MAX = 50;

export function keepPreview(url: string, preview: string): void {
  held.set(url, preview);
  const [oldest] = held;
  if (held.size <= MAX || oldest === undefined) return;
  held.delete(oldest[0]);
  URL.revokeObjectURL(oldest[1]);
}

export function previewOf(url: string): string | undefined {
  return held.get(url);
}
