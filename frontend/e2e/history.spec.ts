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
  const measure = async () => {
    const { metrics } = await browser.send("Performance.getMetrics");
    const read = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN;
    return { work: read("TaskDuration") * 1_000, layouts: read("LayoutCount") };
  };
  const before = await measure();
  const seen = await bob.log.evaluate(async (log, steps) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const rowOf = (node: Node) =>
      (node instanceof Element ? node : node.parentElement)?.closest("[data-index]") ?? null;
    const passed = new Set<unknown>();
    const redrawn: string[] = [];
    let drawn = 0;
    const watch = (records: MutationRecord[]) => {
      for (const { type, target, addedNodes, attributeName } of records) {
        for (const node of addedNodes) {
          if (!(node instanceof HTMLElement) || node.dataset["index"] === undefined) continue;
          drawn += 1;
          passed.add(node.dataset["index"]);
        }
        // A row may be put elsewhere; what is in it stays as it was drawn.
        const row = rowOf(target);
        if (row !== null && !(type === "attributes" && target === row)) redrawn.push(`${type} ${attributeName}`);
      }
    };
    const observer = new MutationObserver(watch);
    observer.observe(log, { subtree: true, childList: true, characterData: true, attributes: true });
    let most = 0;
    // Ten screens a second, as fast as a wheel goes.
    let frames = 0;
    for (let step = 0; step < steps; frames += 1) {
      const { scrollTop } = log;
      log.scrollBy(0, log.clientHeight / 6);
      await frame();
      // At the end of what is there it waits for more.
      if (log.scrollTop > scrollTop) step += 1;
      most = Math.max(most, log.querySelectorAll("[data-index]").length);
    }
    watch(observer.takeRecords());
    observer.disconnect();
    return { most, drawn, passed: passed.size, redrawn, frames, height: log.scrollHeight };
  }, STEPS);
  const after = await measure();
  const layouts = (after.layouts - before.layouts) / seen.frames;
  const work = (after.work - before.work) / seen.frames;
  const figures = `${work.toFixed(1)} ms of work and ${layouts.toFixed(1)} layouts for a frame, ${seen.drawn} rows drawn`;
  test.info().annotations.push({ type: "scrolling", description: figures });
  // How long a frame takes is the machine's affair; what there is to do in it is the page's. All of it is scrolled through,
  // with no more than a few screens drawn at a time; each row is drawn once, when it comes near, and is then left alone;
  // and a frame lays the page out a fixed number of times, whatever it holds: rows are not measured one by one.
  expect(seen.height).toBeGreaterThan(200_000);
  expect(seen.passed).toBeGreaterThan(350);
  expect(seen.most).toBeLessThan(60);
  expect(seen.drawn).toBe(seen.passed);
  expect(seen.redrawn).toEqual([]);
  expect(layouts, figures).toBeLessThan(2);

  await toNewest(bob).click();
  await expect(bob.messages.last()).toBeInViewport();
});
