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

test("older messages come when scrolling up, each once, without a jump", async ({ newPerson, baseURL }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await fill(ada, baseURL ?? "", 120);
  await bob.open(ada.name);
  await expect(bob.messages).toHaveCount(50);
  await expect(bob.message("number 120")).toBeInViewport();

  await bob.log.evaluate((log) => log.scrollTo(0, 200 - log.scrollHeight));
  await expect.poll(() => bob.messages.count()).toBeGreaterThan(50);
  const read = bob.message("number 75");
  await read.scrollIntoViewIfNeeded();
  const top = async () => (await read.boundingBox())?.y ?? Number.NaN;
  const before = await top();

  await ada.write("a new one below");
  await expect(bob.message("a new one below")).toHaveCount(1);
  expect(Math.abs((await top()) - before)).toBeLessThan(3);
  await expect(bob.page.getByRole("button", { name: "Jump to the newest messages" })).toBeVisible();

  await expect(async () => {
    await bob.log.evaluate((log) => log.scrollTo(0, -log.scrollHeight));
    await expect(bob.page.getByText("This is the beginning of the conversation.")).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(bob.messages).toHaveCount(121);
  await expect(bob.messages.first()).toContainText("number 1");

  await bob.page.getByRole("button", { name: "Jump to the newest messages" }).click();
  await expect(bob.message("a new one below")).toBeInViewport();
});
