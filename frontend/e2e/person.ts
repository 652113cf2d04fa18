import { randomBytes } from "node:crypto";
import {
  expect,
  request,
  test as base,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "@playwright/test";

/** What the browser says by itself when a request is refused or the network is cut, as some tests intend. */
const EXPECTED_NOISE = new RegExp(
  [
    "Failed to load resource|ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED",
    // Server and client both close the connection when a session ends; the browser reports who comes second.
    "WebSocket is already in CLOSING or CLOSED state",
  ].join("|"),
);

type StorageState = NonNullable<BrowserContextOptions["storageState"]>;

/** Someone with an account, at one device. */
export class Person {
  constructor(
    readonly page: Page,
    readonly context: BrowserContext,
    readonly name: string,
    readonly username: string,
    readonly password: string,
  ) {}

  /** The same person in another tab. */
  inTab(page: Page): Person {
    return new Person(page, this.context, this.name, this.username, this.password);
  }

  get list() {
    return this.page.getByRole("navigation", { name: "Conversations" });
  }

  get log() {
    return this.page.getByRole("log");
  }

  /** What is said of the connection when it is not what it should be. */
  get banner() {
    return this.page.getByRole("note");
  }

  get bell() {
    return this.page.getByRole("button", { name: /^Notifications/ });
  }

  /** The messages shown, as texts from first to last. */
  get messages() {
    return this.log.locator("[data-message-id]");
  }

  /** A message by its exact text, stored or on its way; not where it is only quoted. */
  message(text: string) {
    return this.log.getByText(text, { exact: true }).and(this.page.locator(":not(button *)"));
  }

  /** The mark of the last own message, once the server has it, however far it has come since. */
  get stored() {
    return this.mark(/^(Sent|Delivered|Read)$/);
  }

  /** The marks of own messages that have come so far. */
  mark(name: string | RegExp) {
    return this.log.getByRole("img", { name, exact: true });
  }

  get field() {
    return this.page.getByRole("textbox", { name: /^Message to/ });
  }

  /** What lies over the page. */
  dialog(name: string | RegExp) {
    return this.page.getByRole("dialog", { name });
  }

  /** Chooses from the menu of a message. */
  async choose(text: string, action: string): Promise<void> {
    await this.message(text).click({ button: "right" });
    await this.page.getByRole("menuitem", { name: action }).click();
  }

  /** Chooses from the menu of the account. */
  async go(to: string): Promise<void> {
    await this.page.getByRole("button", { name: "Your account" }).click();
    await this.page.getByRole("menuitem", { name: to }).click();
  }

  /** Shows a part of the list. */
  async show(section: "All" | "Unread" | "Requests" | "Archived"): Promise<void> {
    await this.page.getByRole("group", { name: "Show" }).getByRole("button", { name: section }).click();
  }

  /** Nobody can see the page any more, or somebody can again. */
  async look(state: DocumentVisibilityState): Promise<void> {
    await this.page.evaluate((visibility) => {
      Object.defineProperty(document, "visibilityState", { value: visibility, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  }

  async openDetails(): Promise<void> {
    await this.page.getByRole("link", { name: "Details", exact: true }).click();
    await expect(this.details).toBeVisible();
  }

  get details() {
    return this.page.getByRole("complementary", { name: "Details" });
  }

  /** Opens the app of somebody signed in. */
  async arrive(): Promise<void> {
    await this.page.goto("/");
    await expect(this.page.getByRole("heading", { name: "Chats" })).toBeVisible();
  }

  async signIn(): Promise<void> {
    await this.page.goto("/sign-in");
    await this.page.getByLabel("E-mail or username").fill(this.username);
    await this.page.getByLabel("Password").fill(this.password);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await expect(this.page.getByRole("heading", { name: "Chats" })).toBeVisible();
  }

  async signUp(): Promise<void> {
    await this.page.goto("/sign-up");
    await this.page.getByLabel("Your name").fill(this.name);
    await this.page.getByLabel("Username").fill(this.username);
    await this.page.getByLabel("E-mail").fill(`${this.username}@example.org`);
    await this.page.getByLabel("Password").fill(this.password);
    await this.page.getByRole("button", { name: "Create account" }).click();
    await expect(this.page.getByRole("heading", { name: "Chats" })).toBeVisible();
  }

  /** Finds someone by search and opens the conversation with them. */
  async ask(other: Person): Promise<void> {
    await this.page.getByRole("button", { name: "New chat" }).click();
    await this.page.getByRole("searchbox", { name: "Find people" }).fill(other.username);
    await this.page.getByRole("button", { name: other.name }).click();
    await expect(this.page.getByRole("heading", { name: other.name })).toBeVisible();
    await this.page.waitForURL(/\/d\d+-\d+$/);
  }

  /** Opens the conversation with someone, to which they agree. */
  async find(other: Person): Promise<void> {
    await this.ask(other);
    const conversationId = new URL(this.page.url()).pathname.split("/").at(-1) ?? "";
    const agreed = await other.context.request.post(`/chat/conversations/${conversationId}/accept`, { data: {} });
    expect(agreed.ok()).toBe(true);
  }

  async open(name: string): Promise<void> {
    await this.list.getByRole("link", { name }).click();
    await expect(this.log).toBeVisible();
  }

  /** Makes a group and opens it. */
  async group(name: string, ...others: Person[]): Promise<void> {
    await this.page.getByRole("button", { name: "New chat" }).click();
    await this.page.getByRole("button", { name: "Make a group" }).click();
    await this.page.getByLabel("Group name").fill(name);
    for (const other of others) {
      await this.page.getByRole("searchbox", { name: "Find people" }).fill(other.username);
      await this.page.getByRole("button", { name: other.name }).first().click();
    }
    await this.page.getByRole("button", { name: "Create group" }).click();
    await expect(this.page.getByRole("heading", { name })).toBeVisible();
  }

  async write(...texts: string[]): Promise<void> {
    for (const text of texts) {
      await this.field.fill(text);
      // On phones Enter alone breaks the line.
      await this.page.keyboard.press("Control+Enter");
    }
  }
}

interface Fixtures {
  /** Somebody who has no account yet, in a browser context of their own. */
  newVisitor: (name: string) => Promise<Person>;
  /** Makes a new person, signed up and connected, in a browser context of their own. */
  newPerson: (name: string, options?: BrowserContextOptions) => Promise<Person>;
  /** A further device of a person, signed in. */
  newDevice: (person: Person) => Promise<Person>;
}

export const test = base.extend<Fixtures & { devices: Devices }>({
  devices: async ({ browser, baseURL, userAgent, ignoreHTTPSErrors }, use) => {
    const devices = new Devices(browser, baseURL ?? "", userAgent ?? "", ignoreHTTPSErrors);
    await use(devices);
    await devices.close();
  },
  newVisitor: async ({ devices }, use) => {
    await use((name) => devices.open(...newNames(name)));
  },
  newPerson: async ({ devices }, use) => {
    await use(async (name, options) => {
      const [displayName, username, password] = newNames(name);
      const storageState = await devices.signedIn(username, password, displayName);
      const person = await devices.open(displayName, username, password, { ...options, storageState });
      await person.arrive();
      return person;
    });
  },
  newDevice: async ({ devices }, use) => {
    await use(async ({ name, username, password }) => {
      const storageState = await devices.signedIn(username, password);
      const device = await devices.open(name, username, password, { storageState });
      await device.arrive();
      return device;
    });
  },
});

/** The name, username and password of somebody who did not exist before. */
function newNames(name: string): [name: string, username: string, password: string] {
  const tag = randomBytes(5).toString("hex");
  return [`${name} ${tag}`, `${name.toLowerCase()}-${tag}`, `password-${tag}`];
}

/** The browser contexts of one test; none of their pages may report an error. */
export class Devices {
  readonly #contexts: BrowserContext[] = [];
  readonly #errors: string[] = [];

  constructor(
    private readonly browser: Browser,
    private readonly baseURL: string,
    private readonly userAgent: string,
    private readonly ignoreHTTPSErrors = false,
  ) {}

  /**
   * What a browser holds after a sign-in, or the sign-up of who has a name to be shown; by REST, which spares the page where it is not
   * what is tested.
   */
  async signedIn(username: string, password: string, displayName?: string): Promise<StorageState> {
    const { baseURL, userAgent, ignoreHTTPSErrors } = this;
    const api = await request.newContext({ baseURL, userAgent, ignoreHTTPSErrors });
    const signIn = () => api.post("/auth/login", { data: { email: username, password } });
    const signUp = () =>
      api.post("/auth/register", { data: { displayName, username, email: `${username}@example.org`, password } });
    const answer = await (displayName === undefined ? signIn() : signUp());
    expect(answer.ok(), await answer.text()).toBe(true);
    const { user } = (await answer.json()) as { user: object };
    const { cookies } = await api.storageState();
    await api.dispose();
    const localStorage = [{ name: "warren.session", value: JSON.stringify(user) }];
    return { cookies, origins: [{ origin: new URL(baseURL).origin, localStorage }] };
  }

  async open(name: string, username: string, password: string, options?: BrowserContextOptions): Promise<Person> {
    const context = await this.browser.newContext(options);
    this.#contexts.push(context);
    context.on("weberror", (error) => this.#errors.push(error.error().message));
    context.on("console", (message) => {
      if (message.type() === "error" && !EXPECTED_NOISE.test(message.text())) this.#errors.push(message.text());
    });
    return new Person(await context.newPage(), context, name, username, password);
  }

  async close(): Promise<void> {
    await Promise.all(this.#contexts.map((context) => context.close()));
    expect(this.#errors).toEqual([]);
  }
}

export { expect };
