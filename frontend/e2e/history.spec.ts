import { request } from "@playwright/test";
import { expect, test, type Person } from "./person";

/** Writes messages by REST, faster than by hand. */
async function fill(person: Person, baseURL: string, count: number): Promise<void> {
  const conversationId = new URL(person.page.url()).pathname.split("/").at(-1) ?? "";
  const api = await request.newContext({ baseURL });
  const login = await api.post("/auth/login", { data: { email: person.username, password: person.password } });
  const { accessToken } = (await login.json()) as { accessToken: string };
  for (let number = 1; number <= count; number += 1) {
    const answer = await api.post(`/chat/conversations/${conversationId}/messages`, {
      headers: { authorization: `Bearer ${accessToken}` },
      data: { content: `number ${number}`, clientId: `history-${number}` },
    });
    expect(answer.ok()).toBe(true);
  }
  await api.dispose();
}

/**
 * Answers for the server with a history of `count` messages, page by page. What is measured with it is the page; to
 * write as many for real would take minutes.
 */
async function pretendHistory(person: Person, count: number): Promise<void> {
  await person.context.route(/\/chat\/conversations\/[^/]+\/messages\?/, async (route) => {
    const url = new URL(route.request().url());
    const conversationId = url.pathname.split("/").at(-2) ?? "";
    const limit = Number(url.searchParams.get("limit"));
    const end = Number(url.searchParams.get("before") ?? count + 1);
    const start = Math.max(1, end - limit);
    const items = Array.from({ length: end - start }, (_, index) => {
      const seq = start + index;
      return {
        id: `${conversationId}.${String(seq).padStart(10, "0")}`,
        conversationId,
        seq,
        type: "user",
        senderId: (seq >> 2) % 2,
        content: `number ${seq} ${"and some more words ".repeat((seq * 7) % 23)}`,
        attachments: [],
        createdAt: new Date(Date.UTC(2026, 0, 1) + seq * 600_000).toISOString(),
        editedAt: null,
        deletedAt: null,
      };
    });
    await route.fulfill({ json: { items, nextCursor: start > 1 ? String(start) : null } });
  });
}

/** Scrolls up until the beginning of the conversation is on the screen. */
async function toBeginning(person: Person): Promise<void> {
  await person.log.evaluate(async (log) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const isBeginning = () => log.textContent.includes("This is the beginning");
    while (!isBeginning() || log.scrollTop > 0) {
      log.scrollTo(0, 0);
      await frame();
    }
  });
  await expect(person.page.getByText("This is the beginning of the conversation.")).toBeInViewport();
}

/** Frames scrolled through when measuring. */
const STEPS = 600;

const toNewest = (person: Person) => person.page.getByRole("button", { name: "Jump to the newest messages" });

test("older messages come when scrolling up, without a jump", async ({ newPerson, baseURL }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await fill(ada, baseURL ?? "", 240);
  await bob.open(ada.name);
  await expect(bob.message("number 240")).toBeInViewport();

  // A page arrives while the reader is at the very top of what is held.
  const page = bob.page.waitForResponse((response) => response.url().includes("before="));
  await bob.log.evaluate((log) => log.scrollTo(0, 0));
  await page;
  const read = bob.messages.first();
  const text = await bob.log.evaluate((log) => {
    const top = log.getBoundingClientRect().top;
    const rows = [...log.querySelectorAll<HTMLElement>("[data-message-id]")];
    const first = rows.find((row) => row.getBoundingClientRect().top > top + 40);
    return first?.querySelector("[title]")?.textContent ?? "";
  });
  expect(text).toMatch(/^number \d+$/);
  const top = async () => (await bob.message(text).boundingBox())?.y ?? Number.NaN;
  const before = await top();
  await expect(read).toBeAttached();
  expect(Math.abs((await top()) - before)).toBeLessThan(3);

  await ada.write("a new one below");
  await expect(toNewest(bob)).toContainText("1 new message");
  expect(Math.abs((await top()) - before)).toBeLessThan(3);

  await toBeginning(bob);
  await expect(bob.message("number 1")).toBeInViewport();
  await toNewest(bob).click();
  await expect(bob.message("a new one below")).toBeInViewport();
  await expect(toNewest(bob)).toBeHidden();
});

test("whoever is at the end stays there, also when the composer grows", async ({ newPerson, baseURL }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await fill(ada, baseURL ?? "", 60);
  await bob.open(ada.name);
  await expect(bob.message("number 60")).toBeInViewport();
  await bob.page.getByRole("textbox", { name: /^Message to/ }).fill("one\ntwo\nthree\nfour");
  await expect(bob.message("number 60")).toBeInViewport({ ratio: 1 });
  await ada.write("a\nlonger\nmessage\nof\nmany\nlines", "the last");
  await expect(bob.message("the last")).toBeInViewport({ ratio: 1 });
  await expect(toNewest(bob)).toBeHidden();
});

test("ten thousand messages scroll smoothly", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("hello");
  await pretendHistory(bob, 10_000);
  await bob.open(ada.name);
  await expect(bob.messages.last()).toBeInViewport();
  await toBeginning(bob);

  const browser = await bob.context.newCDPSession(bob.page);
  // The time this page's main thread worked, whatever else the machine does.
  await browser.send("Performance.enable", { timeDomain: "threadTicks" });
  const worked = async () => {
    const { metrics } = await browser.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN) * 1000;
  };
  const before = await worked();
  const seen = await bob.log.evaluate(async (log, steps) => {
    const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
    const times: number[] = [];
    let rows = 0;
    let last = await frame();
    // Ten screens a second, as fast as a wheel goes.
    for (let step = 0; step < steps; step += 1) {
      log.scrollBy(0, log.clientHeight / 6);
      const now = await frame();
      times.push(now - last);
      last = now;
      rows = Math.max(rows, log.querySelectorAll("[data-message-id]").length);
    }
    times.sort((a, b) => a - b);
    const at = (part: number) => Math.round(times[Math.floor(times.length * part)] ?? 0);
    return { rows, height: log.scrollHeight, median: at(0.5), p95: at(0.95) };
  }, STEPS);
  const work = ((await worked()) - before) / STEPS;
  const figures = `${work.toFixed(1)} ms of work for a frame; frames ${seen.median} ms apart, ${seen.p95} ms at p95`;
  test.info().annotations.push({ type: "scrolling", description: figures });
  // All of them are scrolled through, and no more than a few screens are drawn. A frame at rest takes less than half of
  // this limit, which leaves room for a machine that is busy with other things.
  expect(seen.height).toBeGreaterThan(200_000);
  expect(seen.rows).toBeLessThan(120);
  expect(work, figures).toBeLessThan(30);

  await toNewest(bob).click();
  await expect(bob.messages.last()).toBeInViewport();
});
