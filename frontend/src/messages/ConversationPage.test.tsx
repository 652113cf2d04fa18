import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Profiler } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, expect, it, vi } from "vitest";
import { queryClient } from "@/api/queryClient";
import { MeContext } from "@/auth/me";
import { withConversation } from "@/conversations/cache";
import { updateConversations } from "@/conversations/queries";
import { conversation, messages, session } from "@/test/fixtures";
import { ConversationPage } from "./ConversationPage";
import type * as MessageLogModule from "./MessageLog";
import type * as HeaderModule from "./ConversationHeader";
import { outbox } from "./outboxStore";
import { putTimeline } from "./queries";
import { fromNewest } from "./timeline";

const drawn = vi.hoisted(() => ({ log: 0, header: 0 }));
const count = (part: keyof typeof drawn) => () => {
  drawn[part] += 1;
};

vi.mock(import("./MessageLog"), async (original) => {
  const { MessageLog }: typeof MessageLogModule = await original();
  return {
    MessageLog: (props) => (
      <Profiler id="log" onRender={count("log")}>
        <MessageLog {...props} />
      </Profiler>
    ),
  };
});
vi.mock(import("./ConversationHeader"), async (original) => {
  const { ConversationHeader }: typeof HeaderModule = await original();
  return {
    ConversationHeader: (props) => (
      <Profiler id="header" onRender={count("header")}>
        <ConversationHeader {...props} />
      </Profiler>
    ),
  };
});

afterEach(() => {
  outbox.detach();
  queryClient.clear();
});

it("draws nothing but the composer anew while someone types", async () => {
  updateConversations((index) => withConversation(index, conversation({ lastSeq: 3 })));
  putTimeline("d1-2", fromNewest({ items: messages(1, 3), nextCursor: null }));
  const router = createMemoryRouter([{ path: "/c/:conversationId", Component: ConversationPage }], {
    initialEntries: ["/c/d1-2"],
  });
  render(
    <QueryClientProvider client={queryClient}>
      <MeContext value={session("").user}>
        <RouterProvider router={router} />
      </MeContext>
    </QueryClientProvider>,
  );
  const field = await screen.findByRole<HTMLTextAreaElement>("textbox");
  const before = { ...drawn };
  expect(before.log).toBeGreaterThan(0);
  await userEvent.type(field, "hello there");
  expect(field.value).toBe("hello there");
  expect(drawn).toEqual(before);

  // What is sent is drawn at once.
  await userEvent.keyboard("{Enter}");
  expect(drawn.log).toBeGreaterThan(before.log);
});
