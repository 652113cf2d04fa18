import { canForgeTokens, endingAfter } from "./operator";
import { expect, test, type Person } from "./person";

interface Tokens {
  /** How often this browser has asked for a token. */
  asked: number;
  /** How often it was told that one is not good. */
  refused: number;
}

/** Has the tokens that a person's page gets from now on end as `seconds` tells for each: null leaves one as it is. */
async function limitTokens(person: Person, seconds: (number: number) => number | null, tells = true): Promise<Tokens> {
  const tokens: Tokens = { asked: 0, refused: 0 };
  person.page.on("response", (response) => {
    if (response.status() === 401) tokens.refused += 1;
  });
  await person.context.route("**/auth/refresh", async (route) => {
    const response = await route.fetch();
    tokens.asked += 1;
    const limit = seconds(tokens.asked);
    if (limit === null) {
      await route.fulfill({ response });
      return;
    }
    const session = (await response.json()) as { accessToken: string; expiresAt: string };
    const accessToken = await endingAfter(session.accessToken, limit);
    const expiresAt = tells ? new Date(Date.now() + limit * 1_000).toISOString() : session.expiresAt;
    await route.fulfill({ response, json: { ...session, accessToken, expiresAt } });
  });
  return tokens;
}

test("nobody notices that a token ends while a page is open", async ({ newPerson }) => {
  test.skip(!canForgeTokens, "signs tokens with the key of the system that it tests");
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  const tokens = await limitTokens(ada, () => 4);
  const sockets: { isClosed: () => boolean }[] = [];
  ada.page.on("websocket", (socket) => sockets.push(socket));
  await ada.page.reload();
  await ada.write("with the first token");
  await expect(ada.stored).toBeVisible();

  // The edge allows for five seconds more than the token says, and tells of its end at half time.
  await expect.poll(() => tokens.asked, { timeout: 60_000 }).toBeGreaterThanOrEqual(4);
  await ada.write("with the fourth");
  await bob.open(ada.name);
  await expect(bob.message("with the fourth")).toBeVisible();
  await bob.write("still there?");
  await expect(ada.message("still there?")).toBeVisible();
  await ada.page.getByRole("searchbox", { name: "Search chats and messages" }).fill("nothinglikeit");
  await expect(ada.page.getByText("Nothing found for “nothinglikeit”")).toBeVisible();

  expect(tokens.refused).toBe(0);
  expect(sockets.map((socket) => socket.isClosed())).toEqual([false]);
  await expect(ada.banner).toHaveCount(0);
});

test("a token that ended unnoticed is renewed when it is refused, once for all", async ({ newPerson }) => {
  test.skip(!canForgeTokens, "signs tokens with the key of the system that it tests");
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("before");
  await expect(ada.stored).toBeVisible();
  await bob.open(ada.name);
  // As on a device whose clock is late: it takes the token for good.
  const tokens = await limitTokens(ada, (number) => (number === 1 ? -60 : null), false);
  await ada.page.reload();
  await ada.write("after");
  await expect(bob.message("after")).toBeVisible();
  await ada.page.goto("/settings/devices");
  await expect(ada.page.getByText("This device")).toBeVisible();
  await expect(ada.banner).toHaveCount(0);
  expect(tokens.refused).toBeGreaterThan(0);
  // The reload's two, and that of the page that was opened last.
  expect(tokens.asked).toBe(3);
});

test("who was signed out while asleep is told so, and goes on where they were", async ({ newPerson, newDevice }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("hello");
  await bob.open(ada.name);
  const second = await newDevice(ada);
  await second.page.goto(new URL(ada.page.url()).pathname);
  await expect(second.log).toBeVisible();
  await second.context.setOffline(true);
  await expect(second.banner).toContainText("You are offline.");
  await second.write("written on the train");
  await second.field.fill("and begun");

  await ada.page.goto("/settings/devices");
  const devices = ada.page.getByRole("list", { name: "Devices" }).getByRole("listitem");
  await expect(devices).toHaveCount(2);
  await devices
    .last()
    .getByRole("button", { name: /^Sign out/ })
    .click();
  await expect(devices).toHaveCount(1);

  await second.context.setOffline(false);
  await expect(second.page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await expect(second.page.getByText("Your session has ended. Please sign in again.")).toBeVisible();
  await expect(bob.messages).toHaveCount(1);
  await second.page.getByLabel("E-mail or username").fill(second.username);
  await second.page.getByLabel("Password").fill(second.password);
  await second.page.keyboard.press("Enter");
  await expect(second.page.getByRole("heading", { name: bob.name })).toBeVisible();
  await expect(bob.message("written on the train")).toBeVisible();
  await expect(second.field).toHaveValue("and begun");
});
