import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { queryClient } from "@/api/queryClient";
import { updateConversations } from "@/conversations/queries";
import { renderRoutes } from "@/test/render";
import { ConversationPage } from "./ConversationPage";
import { outbox } from "./outboxStore";

beforeEach(() => {
  outbox.detach();
  // The group is not the user's any more.
  const problem = JSON.stringify({ code: "NOT_FOUND", title: "Not found", status: 404 });
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(problem, { status: 404 })));
  updateConversations((index) => index);
});
afterEach(() => {
  vi.unstubAllGlobals();
  outbox.detach();
  queryClient.clear();
});

it("is shown where its conversation is gone, to be copied or discarded", async () => {
  const user = userEvent.setup();
  for (const content of ["first", "second"]) void outbox.add("g1", content);
  void outbox.add("g2", "elsewhere");
  renderRoutes([{ path: "/c/:conversationId", Component: ConversationPage }], "/c/g1");
  const list = await screen.findByRole("region", { name: "2 messages of yours were not sent" });
  expect(screen.getByText(/does not exist/)).not.toBeNull();
  const [first, second] = within(list).getAllByRole("listitem");
  if (first === undefined || second === undefined) throw new Error("not two");
  await user.click(within(first).getByRole("button", { name: "Copy" }));
  expect(await navigator.clipboard.readText()).toBe("first");
  await user.click(within(first).getByRole("button", { name: "Discard" }));
  await user.click(within(second).getByRole("button", { name: "Discard" }));
  expect(screen.queryByRole("region")).toBeNull();
  expect(outbox.read()).toMatchObject([{ content: "elsewhere" }]);
});
