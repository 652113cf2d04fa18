import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it } from "vitest";
import { queryClient } from "@/api/queryClient";
import { MeContext } from "@/auth/me";
import { withConversation } from "@/conversations/cache";
import { updateConversations } from "@/conversations/queries";
import { conversation, ME, session } from "@/test/fixtures";
import { Composer } from "./Composer";
import { clearDrafts } from "./drafts";
import { outbox } from "./outboxStore";

const [me, grace] = conversation().members;
const members = [me, grace, { ...grace, userId: 3, username: "hedy", displayName: "Hedy Lamarr" }] as never;

beforeEach(() => {
  outbox.detach();
  clearDrafts(ME);
  updateConversations((index) =>
    withConversation(
      index,
      conversation({
        id: "g1",
        type: "group",
        name: "Readers",
        members,
        memberCount: 3,
        me: { ...conversation().me, role: "owner" },
      }),
    ),
  );
  render(
    <QueryClientProvider client={queryClient}>
      <MeContext value={session("").user}>
        <Composer conversationId="g1" name="Readers" />
      </MeContext>
    </QueryClientProvider>,
  );
});
afterEach(() => queryClient.clear());

const field = () => screen.getByRole<HTMLTextAreaElement>("textbox");
const options = () => screen.queryAllByRole("option").map(({ textContent }) => textContent.replace(/.*@/, ""));

it("offers whom to name, and writes who was picked by keyboard", async () => {
  await userEvent.type(field(), "hello @");
  expect(options()).toEqual(["all", "grace", "hedy"]);
  await userEvent.type(field(), "h");
  expect(options()).toEqual(["hedy"]);
  await userEvent.type(field(), "{Enter}");
  expect(field().value).toBe("hello @hedy ");
  expect(options()).toEqual([]);
  await userEvent.keyboard("and @{ArrowDown}{Tab}");
  expect(field().value).toBe("hello @hedy and @grace ");
  await userEvent.keyboard("@{ArrowUp}{ArrowUp}{Enter}");
  expect(field().value).toBe("hello @hedy and @grace @grace ");
  await userEvent.keyboard("{Enter}");
  expect(outbox.read()).toMatchObject([{ content: "hello @hedy and @grace @grace" }]);
});

it("tells which one is active", async () => {
  await userEvent.type(field(), "@{ArrowDown}");
  const list = screen.getByRole("listbox", { name: "People to mention" });
  expect(field().getAttribute("aria-controls")).toBe(list.id);
  const active = screen.getByRole("option", { selected: true });
  expect(active.textContent).toContain("@grace");
  expect(field().getAttribute("aria-activedescendant")).toBe(active.id);
});

it("leaves a name alone after Escape, and helps with the next one", async () => {
  await userEvent.type(field(), "@g{Escape}");
  expect(options()).toEqual([]);
  await userEvent.keyboard("r");
  expect(options()).toEqual([]);
  await userEvent.keyboard(" @g");
  expect(options()).toEqual(["grace"]);
});

it("writes who was picked by hand into the middle of a text", async () => {
  await userEvent.type(field(), "ask  please", { initialSelectionStart: 0 });
  field().setSelectionRange(4, 4);
  await userEvent.keyboard("@he");
  await userEvent.click(screen.getByRole("option", { name: /hedy/ }));
  expect(field().value).toBe("ask @hedy please");
  expect(field().selectionStart).toBe("ask @hedy ".length);
  expect(document.activeElement).toBe(field());
});
