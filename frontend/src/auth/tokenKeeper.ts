import { ApiError } from "@/api/errors";
import type { SignedIn } from "@/api/types";
import { delay } from "@/lib/time";
import type { Lock } from "@/lib/lock";

/** A token is renewed this long before it ends. */
const MARGIN_MS = 60_000;
/** The shortest time between two scheduled renewals, whatever the clocks say. */
const MIN_RENEWAL_MS = 30_000;
/** How long a tab that waited for another one's renewal listens for its result. */
const NEWS_MS = 100;

export interface KeeperOptions {
  /** Asks the server for a new token by the refresh cookie. */
  refresh: () => Promise<SignedIn>;
  lock: Lock;
  /** Called with every session this keeper obtained itself. */
  onRenewed: (session: SignedIn) => void;
  /** Called when the server says that the session is over. */
  onEnded: () => void;
}

/** Holds the access token, in memory only, and renews it: one renewal at a time, over all tabs. */
export class TokenKeeper {
  #token: { value: string; expiresAt: number } | null = null;
  #renewal: Promise<string> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: KeeperOptions) {}

  /** Takes over a session's token and plans its renewal. */
  hold(session: SignedIn): void {
    this.#token = { value: session.accessToken, expiresAt: Date.parse(session.expiresAt) };
    this.#schedule();
  }

  /** Forgets the token. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#token = null;
  }

  /** A token that is good for now: the one held, or a new one when it is about to end. */
  async fresh(): Promise<string> {
    if (this.#token !== null && this.#token.expiresAt - Date.now() > MARGIN_MS / 2) return this.#token.value;
    return this.renew(this.#token?.value);
  }

  /** A token other than `stale`, which was refused or is about to end. */
  async renew(stale?: string): Promise<string> {
    if (this.#token !== null && this.#token.value !== stale) return this.#token.value;
    this.#renewal ??= this.#renew(stale).finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #renew(stale: string | undefined): Promise<string> {
    return this.options.lock(async (waited) => {
      if (waited) await delay(NEWS_MS);
      if (this.#token !== null && this.#token.value !== stale) return this.#token.value;
      try {
        const session = await this.options.refresh();
        this.hold(session);
        this.options.onRenewed(session);
        return session.accessToken;
      } catch (error) {
        if (error instanceof ApiError && error.code === "AUTH_INVALID") {
          this.drop();
          this.options.onEnded();
        } else if (this.#token !== null) {
          this.#schedule();
        }
        throw error;
      }
    });
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const { value, expiresAt } = this.#token ?? { value: "", expiresAt: 0 };
    const wait = Math.max(expiresAt - Date.now() - MARGIN_MS, MIN_RENEWAL_MS);
    this.#timer = setTimeout(() => {
      // A failure here is not the end: it is planned again, and the next request renews in any case.
      void this.renew(value).catch(() => undefined);
    }, wait);
  }
}
