import { expect, test, type Person } from "./person";

const line = (person: Person) => person.page.getByRole("region", { name: /^Conversation with/ }).getByText(/typing$/);

test("who is typing is seen by those who look, until they send, delete or go away", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("hello");
  await bob.open(ada.name);
  await bob.field.pressSequentially("Well");
  await expect(line(ada)).toHaveText(`${bob.name} is typing`);
  await expect(line(bob)).toHaveCount(0);
  await bob.page.keyboard.press("Enter");
  await expect(ada.message("Well")).toBeVisible();
  await expect(line(ada)).toHaveCount(0);

  await bob.field.pressSequentially("no");
  await expect(line(ada)).toBeVisible();
  await bob.field.clear();
  await expect(line(ada)).toHaveCount(0);
  await bob.field.pressSequentially("perhaps");
  await expect(line(ada)).toBeVisible();
  await bob.page.getByRole("button", { name: "New chat" }).focus();
  await expect(line(ada)).toHaveCount(0);
});

test("several who type are counted, also after a lost connection", async ({ newPerson }) => {
  const [ada, bob, cleo, dan] = await Promise.all(["Ada", "Bob", "Cleo", "Dan"].map((name) => newPerson(name)));
  if (ada === undefined || bob === undefined || cleo === undefined || dan === undefined) throw new Error("no people");
  await ada.group("Readers", bob, cleo, dan);
  await Promise.all([bob.open("Readers"), cleo.open("Readers"), dan.open("Readers")]);
  await ada.context.setOffline(true);
  await expect(ada.banner).toBeVisible();
  await ada.context.setOffline(false);
  await expect(ada.banner).toBeHidden();

  await bob.field.pressSequentially("b");
  await expect(line(ada)).toHaveText(`${bob.name} is typing`);
  await cleo.field.pressSequentially("c");
  await expect(line(dan)).toHaveText(/^(Bob|Cleo) \w+ and (Bob|Cleo) \w+ are typing$/);
  for (const person of [bob, cleo, dan]) await person.field.pressSequentially("more");
  await expect(line(ada)).toHaveText("3 people are typing");
  // Nobody types any more, and nobody says so: it is over by itself.
  await expect(line(ada)).toHaveCount(0);
});
