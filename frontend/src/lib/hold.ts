/** A lock over all tabs of this origin that is kept until it is let go. */
export interface Hold {
  isHeld: () => boolean;
  release: () => void;
}

/** Waits for a lock and keeps it. */
export function hold(name: string, mode: LockMode): Hold {
  const controller = new AbortController();
  let letGo: (() => void) | null = null;
  navigator.locks
    .request(name, { mode, signal: controller.signal }, () => new Promise<void>((resolve) => (letGo = resolve)))
    .catch(() => undefined);
  return {
    isHeld: () => letGo !== null,
    release: () => {
      controller.abort();
      letGo?.();
      letGo = null;
    },
  };
}

/** Whether some tab holds a lock. */
export async function isHeldAnywhere(name: string): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.some((lock) => lock.name === name);
}

/** Resolves when no tab holds a lock, at once where the browser has none. */
export async function whenReleased(name: string): Promise<void> {
  await (navigator as Partial<Navigator>).locks?.request(name, () => undefined);
}
