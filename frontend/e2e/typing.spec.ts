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

test("several who type are named, also after a lost connection, until nobody says so any more", async ({
  newPerson,
}) => {
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Cleo")]);
  await ada.group("Readers", bob, cleo);
  await Promise.all([bob.open("Readers"), cleo.open("Readers")]);
  await ada.context.setOffline(true);
  await expect(ada.banner).toBeVisible();
  await ada.context.setOffline(false);
  await expect(ada.banner).toBeHidden();

  let isSeen = false;
  const typing = [bob, cleo].map(async ({ field }) => {
    while (!isSeen) await field.pressSequentially("x", { delay: 100 });
  });
  try {
    await expect(line(ada)).toHaveText(/^(Bob|Cleo) \w+ and (Bob|Cleo) \w+ are typing$/);
  } finally {
    isSeen = true;
    await Promise.all(typing);
  }
  await expect(line(ada)).toHaveCount(0);
});
