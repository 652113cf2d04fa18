import { expect, test, type Person } from "./person";

test.use({ serviceWorkers: "allow" });

const bar = (person: Person) => person.page.getByText(/^Replying to/);
/** What a message answers, as it is shown above it. */
const quote = (person: Person, answer: string) =>
  person.log.getByRole("article", { name: answer }).getByRole("button", { name: /^In reply to/ });
const toNewest = (person: Person) => person.page.getByRole("button", { name: "Jump to the newest messages" });

test("an answer shows what it answers, leads there, and tells when it is gone", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("Shall we meet on Tuesday?");
  await bob.open(ada.name);
  await bob.choose("Shall we meet on Tuesday?", "Reply");
  await expect(bob.field).toBeFocused();
  await expect(bar(bob)).toHaveText(`Replying to ${ada.name}`);
  await bob.page.keyboard.type("Yes, at noon");
  await bob.page.keyboard.press("Enter");
  await expect(bar(bob)).toHaveCount(0);
  await expect(quote(bob, "Yes, at noon")).toHaveAccessibleName(`In reply to ${ada.name} Shall we meet on Tuesday?`);
  await expect(quote(ada, "Yes, at noon")).toHaveAccessibleName("In reply to You Shall we meet on Tuesday?");

  // So far back that what is answered is not held any more.
  const conversation = new URL(ada.page.url()).pathname.split("/").at(-1) ?? "";
  const post = async (data: object) => {
    const sent = await ada.context.request.post(`/chat/conversations/${conversation}/messages`, { data });
    expect(sent.ok(), await sent.text()).toBe(true);
    return (await sent.json()) as { id: string };
  };
  for (let round = 0; round < 6; round += 1) {
    await Promise.all(Array.from({ length: 20 }, (_, number) => post({ content: `line ${round}.${number}` })));
  }
  await post({ content: "About Tuesday", replyTo: `${conversation}.0000000001` });
  await bob.arrive();
  await bob.open(ada.name);
  await expect(quote(bob, "About Tuesday")).toContainText("Shall we meet on Tuesday?");
  await expect(bob.message("Yes, at noon")).toHaveCount(0);
  await quote(bob, "About Tuesday").click();
  const question = bob.messages.first();
  await expect(question).toBeInViewport({ ratio: 1 });
  await expect(question).toContainText("Shall we meet on Tuesday?");
  await expect(bob.message("About Tuesday")).toHaveCount(0);
  await toNewest(bob).click();
  await expect(bob.message("About Tuesday")).toBeInViewport();

  const gone = await ada.context.request.delete(
    `/chat/conversations/${conversation}/messages/${conversation}.0000000001`,
  );
  expect(gone.ok()).toBe(true);
  for (const person of [ada, bob]) await expect(quote(person, "About Tuesday")).toContainText("Message deleted");
});

test("an answer is kept while it is written, and sent with what it answers when the connection is back", async ({
  newPerson,
}) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("Who brings the cake?");
  await bob.open(ada.name);
  await expect(bob.message("Who brings the cake?")).toBeVisible();
  await bob.page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  // Leaving the page stores what it knows.
  await bob.page.reload();
  await expect(bob.message("Who brings the cake?")).toBeVisible();
  await bob.context.setOffline(true);
  await expect(bob.banner).toContainText("You are offline.");

  await bob.field.press("Control+ArrowUp");
  await expect(bar(bob)).toHaveText(`Replying to ${ada.name}`);
  await bob.page.keyboard.type("I do");
  await bob.page.reload();
  await expect(bob.field).toHaveValue("I do");
  await expect(bar(bob)).toHaveText(`Replying to ${ada.name}`);
  await bob.field.press("Enter");
  await expect(quote(bob, "I do")).toContainText("Who brings the cake?");
  await bob.page.reload();
  await expect(bob.log.getByText("Waiting for the connection")).toBeVisible();
  await expect(quote(bob, "I do")).toContainText("Who brings the cake?");
  await expect(bar(bob)).toHaveCount(0);

  await bob.context.setOffline(false);
  await ada.open(bob.name);
  await expect(quote(ada, "I do")).toContainText("Who brings the cake?");
  await expect(bob.banner).toBeHidden();
  await expect(bob.messages).toHaveCount(2);

  await bob.choose("Who brings the cake?", "Reply");
  await bob.page.keyboard.press("Escape");
  await expect(bar(bob)).toHaveCount(0);
  await expect(bob.log).toBeVisible();
});
