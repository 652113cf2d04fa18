/** While somebody goes on typing, that they do is told again after this time: it counts as over after 6 s without. */
export const REPEAT_MS = 3_000;
/** Who has typed nothing for this long is not typing. */
export const IDLE_MS = 5_000;

/** Tells when the user begins to type and when they stop, however many keys they press in between. */
export class TypingSignal {
  #repeat: ReturnType<typeof setInterval> | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (isTyping: boolean) => void) {}

  /** Called with every key that writes something. */
  typed(): void {
    if (this.#repeat === undefined) {
      this.tell(true);
      this.#repeat = setInterval(() => this.tell(true), REPEAT_MS);
    }
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.stop(), IDLE_MS);
  }

  /** What was typed is sent, deleted or left. */
  stop(): void {
    if (this.#repeat === undefined) return;
    clearInterval(this.#repeat);
    clearTimeout(this.#idle);
    this.#repeat = undefined;
    this.tell(false);
  }
}
