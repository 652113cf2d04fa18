import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Profiler } from "react";
import { afterEach, expect, it, vi } from "vitest";
import { queryClient } from "@/api/queryClient";
import { withConversation } from "@/conversations/cache";
import { updateConversations } from "@/conversations/queries";
import { conversation, messages } from "@/test/fixtures";
import { renderRoutes } from "@/test/render";
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
  renderRoutes([{ path: "/c/:conversationId", Component: ConversationPage }], "/c/d1-2");
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
