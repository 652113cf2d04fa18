interface Tokens {
  fresh: () => Promise<string>;
  renew: (stale?: string) => Promise<string>;
}

/** Lets a connection outlive the access token with which it began. */
export class Renewal {
  #presented: string | undefined;

  /** `send` presents a new token to the server. */
  constructor(
    private readonly tokens: Tokens,
    private readonly send: (token: string) => Promise<unknown>,
  ) {}

  /** The token with which a connection begins. */
  async begin(): Promise<string> {
    this.#presented = await this.tokens.fresh();
    return this.#presented;
  }

  /** Goes on with another token than the one the connection has. If that fails the server closes it, and it begins anew. */
  async goOn(): Promise<void> {
    try {
      const token = await this.tokens.renew(this.#presented);
      await this.send(token);
      this.#presented = token;
    } catch {
      // Said above.
    }
  }
}
