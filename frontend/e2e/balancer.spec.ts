import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, test, type WebSocket } from "@playwright/test";
import { io, Manager, type Socket } from "socket.io-client";
import { test as inBrowser, type Person } from "./person";
import { connected, post, register, TRANSPORTS, type Message } from "./stock";

const BALANCER = process.env["WARREN_E2E_BALANCER_URL"];
const PER_TRANSPORT = 4;
// One after the other: each has an edge to itself that it ends.
test.describe.configure({ mode: "default" });
/** From one message of a member to the next. */
const PACE_MS = 100;

/** A member of the group who writes, and comes back by the stock client's own means. */
class Member {
  readonly chat: Socket;
  /** How often each message came live. */
  readonly live = new Map<string, number>();
  readonly held = new Map<string, Message>();
  readonly acked: string[] = [];
  connects = 0;
  synced = Promise.resolve();

  constructor(
    readonly name: string,
    readonly conversation: string,
    token: string,
    transports: string[],
  ) {
    // A certificate of the test's own.
    this.chat = io(`${BALANCER}/chat`, { transports, auth: { token }, forceNew: true, rejectUnauthorized: false });
    this.chat.on("message:created", (message: Message) => {
      this.live.set(message.id, (this.live.get(message.id) ?? 0) + 1);
      this.held.set(message.id, message);
    });
    this.chat.on("connect", () => {
      this.connects += 1;
      this.synced = this.catchUp().catch(() => undefined);
    });
  }

  /** Asks for everything that was missed. */
  async catchUp(): Promise<void> {
    for (;;) {
      const payload = { conversationId: this.conversation, after: this.known(), limit: 100 };
      const { items } = await this.call<{ items: Message[] }>("message:list", payload);
      if (items.length === 0) break;
      for (const message of items) this.held.set(message.id, message);
    }
  }

  /** The place up to which nothing is missing. */
  private known(): number {
    const places = new Set([...this.held.values()].map((message) => message.seq));
    let seq = 0;
    while (places.has(seq + 1)) seq += 1;
    return seq;
  }

  /** Writes a message, again under the same name until it is acked. */
  async write(content: string): Promise<void> {
    const payload = { conversationId: this.conversation, content, clientId: crypto.randomUUID() };
    for (;;) {
      if (!this.chat.connected) await connected(this.chat).catch(() => undefined);
      const done = await this.call("message:send", payload).catch(() => null);
      if (done !== null) break;
    }
    this.acked.push(content);
  }

  private async call<T>(event: string, payload: object): Promise<T> {
    const answer = (await this.chat.timeout(5_000).emitWithAck(event, payload)) as
      { ok: true; data: T } | { ok: false; error: { code: string } };
    if (!answer.ok) throw new Error(answer.error.code);
    return answer.data;
  }

  edge(): string {
    return edgeOf(this.chat.io);
  }
}

/** The edge that holds a connection: session ids begin with its name. */
function edgeOf(manager: Manager): string {
  const engine = manager.engine as unknown as { id: string };
  return engine.id.split(".")[0] ?? "";
}

/** The edges on which two connections begin that are open together: both, if the balancer knows that both are up. */
async function edgesOfTwo(): Promise<string[]> {
  const pair = [1, 2].map(
    () => new Manager(BALANCER ?? "", { transports: ["websocket"], forceNew: true, rejectUnauthorized: false }),
  );
  try {
    await Promise.all(pair.map((manager) => new Promise<void>((resolve) => manager.once("open", () => resolve()))));
    return pair.map(edgeOf).sort();
  } finally {
    for (const manager of pair) manager.engine.close();
  }
}

test("an edge is drained and replaced behind the balancer, and nothing is lost or doubled", async ({ baseURL }) => {
  test.skip(BALANCER === undefined, "needs the balancer of ops/test");
  const url = baseURL ?? "";
  const people = await Promise.all(
    TRANSPORTS.flatMap(([, transports]) => Array.from({ length: PER_TRANSPORT }, () => transports)).map(
      async (transports) => ({ ...(await register(url)), transports }),
    ),
  );
  const [first, ...others] = people;
  const group = await post<{ id: string }>(
    `${url}/chat/conversations`,
    { type: "group", name: "behind the balancer", participantIds: others.map((person) => person.id) },
    first?.token,
  );
  await expect.poll(edgesOfTwo).toEqual(["edge-0", "edge-1"]);
  const members = people.map(({ id, token, transports }) => new Member(`m${id}`, group.id, token, transports));
  try {
    await expect.poll(() => members.filter((member) => member.chat.connected).length).toBe(members.length);
    // Long-polling stays where it began, or none of them would be connected; both edges have some.
    const moved = members.filter((member) => member.edge() === "edge-1");
    expect(moved.length).toBeGreaterThan(0);
    expect(new Set(members.map((member) => member.edge()))).toEqual(new Set(["edge-0", "edge-1"]));

    let isOver = false;
    const writing = members.map(async (member) => {
      for (let number = 1; !isOver; number += 1) {
        await member.write(`${member.name}.${number}`);
        await delay(PACE_MS);
      }
    });
    await expect.poll(() => members.every((member) => member.acked.length >= 3)).toBe(true);
    await promisify(execFile)("../ops/ctl", ["restart", "edge-1"]);
    await expect.poll(() => moved.every((member) => member.connects > 1 && member.chat.connected)).toBe(true);
    const before = members.map((member) => member.acked.length);
    await expect.poll(() => members.every((member, at) => member.acked.length >= (before[at] ?? 0) + 3)).toBe(true);
    isOver = true;
    await Promise.all(writing);

    const acked = members.flatMap((member) => member.acked).sort();
    for (const member of members) {
      await member.synced;
      await member.catchUp();
      const contents = [...member.held.values()].sort((a, b) => a.seq - b.seq).map((message) => message.content);
      expect([...contents].sort(), `${member.name} has every message once`).toEqual(acked);
      expect(
        [...member.live.values()].every((times) => times === 1),
        `${member.name} was told nothing twice`,
      ).toBe(true);
      expect(contents.filter((content) => content.startsWith(`${member.name}.`))).toEqual(member.acked);
    }
  } finally {
    for (const member of members) member.chat.disconnect();
  }
});

/** The edge that holds the connection of a person's page, from now on. */
function watchEdge(person: Person): () => string {
  let edge = "";
  const read = (payload: string | Buffer) => {
    const { sid } = (JSON.parse(/^0(\{.*)$/.exec(payload.toString())?.[1] ?? "{}") ?? {}) as { sid?: string };
    if (sid !== undefined) edge = sid.split(".")[0] ?? "";
  };
  person.page.on("websocket", (socket: WebSocket) => socket.on("framereceived", ({ payload }) => read(payload)));
  return () => edge;
}

inBrowser.describe("in a browser", () => {
  inBrowser.use({ baseURL: BALANCER ?? "", ignoreHTTPSErrors: true });
  inBrowser("an edge is killed while people talk, who lose nothing and see nothing twice", async ({ newPerson }) => {
    inBrowser.skip(BALANCER === undefined, "needs the balancer of ops/test");
    const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
    await ada.find(bob);
    await ada.write("before");
    await bob.open(ada.name);
    // The other tests use the first edge.
    const edge = watchEdge(ada);
    await expect(async () => {
      await ada.page.reload();
      await expect(ada.log).toBeVisible();
      await expect.poll(edge, { timeout: 3_000 }).toBe("edge-1");
    }).toPass();

    let isOver = false;
    const written: string[] = [];
    const writing = [ada, bob].map(async (person) => {
      for (let number = 1; !isOver; number += 1) {
        const text = `${person.username} ${number}`;
        await person.write(text);
        written.push(text);
        await delay(4 * PACE_MS);
      }
    });
    const noticed = ada.banner.waitFor();
    await expect.poll(() => written.length).toBeGreaterThan(10);
    await promisify(execFile)("../ops/ctl", ["kill", "edge-1", "-9"]);
    await noticed;
    await expect(ada.banner).toBeHidden();
    expect(edge()).toMatch(/^edge-/);
    const before = written.length;
    await expect.poll(() => written.length).toBeGreaterThan(before + 10);
    isOver = true;
    await Promise.all(writing);

    const held = async (person: Person) => {
      await expect(person.log.getByText(/Sending|Waiting|Not sent/)).toHaveCount(0);
      const path = new URL(person.page.url()).pathname.replace("/c/", "/chat/conversations/");
      const answer = await person.context.request.get(`${path}/messages?limit=100`);
      return ((await answer.json()) as { items: { content: string }[] }).items.map(({ content }) => content);
    };
    const stored = await held(ada);
    expect([...stored].sort()).toEqual(["before", ...written].sort());
    for (const person of [ada, bob]) {
      const own = stored.filter((text) => text.startsWith(person.username));
      expect(own).toEqual(written.filter((text) => text.startsWith(person.username)));
      await expect(person.message(stored.at(-1) ?? "")).toBeVisible();
      // What is drawn is the end of the very same, from both who stayed and who came back.
      const drawn = await person.messages.locator("[data-bubble]").allInnerTexts();
      expect(drawn).toEqual(stored.slice(-drawn.length));
    }
  });
});
