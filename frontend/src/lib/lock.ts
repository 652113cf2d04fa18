/** Runs `work` while no other holder of the lock does; tells it whether it had to wait for one. */
export type Lock = <T>(work: (waited: boolean) => Promise<T>) => Promise<T>;

/** A lock over all tabs of this origin. Where the browser has none (insecure origins), it covers nothing. */
export function tabsLock(name: string): Lock {
  return async (work) => {
    const locks = (navigator as Partial<Navigator>).locks;
    if (!locks) return work(false);
    const free = await locks.request(name, { ifAvailable: true }, async (lock) =>
      lock === null ? null : { result: await work(false) },
    );
    if (free !== null) return free.result;
    return locks.request(name, () => work(true));
  };
}
