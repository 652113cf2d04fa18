import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { queryClient } from "@/api/queryClient";
import { MeContext } from "@/auth/me";
import { chat } from "@/realtime/sockets";
import { ME, message, session } from "@/test/fixtures";
import { Composer } from "./Composer";
import { clearDrafts, readDraft } from "./drafts";
import { stopEditing } from "./editing";
import { outbox } from "./outboxStore";
import { putTimeline } from "./queries";
import { fromNewest } from "./timeline";

beforeEach(() => {
  outbox.detach();
  clearDrafts(ME);
  stopEditing();
});

const field = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Message to Grace" });
const show = () =>
  render(
    <QueryClientProvider client={queryClient}>
      <MeContext value={session("").user}>
        <Composer conversationId="d1-2" name="Grace" />
      </MeContext>
    </QueryClientProvider>,
  );

it("sends with Enter and breaks lines with Shift+Enter", async () => {
  show();
  await userEvent.type(field(), "one{Shift>}{Enter}{/Shift}two{Enter}");
  expect(outbox.read()).toMatchObject([{ content: "one\ntwo", conversationId: "d1-2", state: "queued" }]);
  expect(field().value).toBe("");
});

it("breaks lines with Enter on touch screens, where the button sends", async () => {
  const matches = vi
    .spyOn(window, "matchMedia")
    .mockImplementation((query) => ({ matches: query === "(pointer: coarse)" }) as MediaQueryList);
  show();
  await userEvent.type(field(), "one{Enter}two");
  expect(field().value).toBe("one\ntwo");
  expect(field().getAttribute("enterkeyhint")).toBe("enter");
  expect(outbox.read()).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Send" }));
  await userEvent.type(field(), "three{Control>}{Enter}{/Control}");
  expect(outbox.read()).toMatchObject([{ content: "one\ntwo" }, { content: "three" }]);
  matches.mockRestore();
});

it("does not send what is empty or too long", async () => {
  show();
  await userEvent.type(field(), "   {Enter}");
  await userEvent.clear(field());
  await userEvent.click(field());
  await userEvent.paste("x".repeat(8_001));
  await userEvent.keyboard("{Enter}");
  expect(screen.getByText("1 character too many")).toBeTruthy();
  expect(outbox.read()).toEqual([]);
});

it("keeps a draft while another conversation is open", async () => {
  const { unmount } = show();
  await userEvent.type(field(), "not yet");
  unmount();
  show();
  expect(field().value).toBe("not yet");
  clearDrafts(ME);
  expect(readDraft(ME, "d1-2")).toBe("");
});

it("keeps no draft of what was sent, but of what is written after it", async () => {
  show();
  await userEvent.type(field(), "one{Enter}");
  expect(readDraft(ME, "d1-2")).toBe("");
  await userEvent.type(field(), "two{Enter}three");
  expect(readDraft(ME, "d1-2")).toBe("three");
});

it("edits the last own message with the arrow up, while nothing is written", async () => {
  putTimeline("d1-2", fromNewest({ items: [message(1, { senderId: ME }), message(2)], nextCursor: null }));
  show();
  await userEvent.type(field(), "x{ArrowUp}{Backspace}");
  expect(screen.queryByRole("button", { name: "Stop editing" })).toBeNull();
  await userEvent.keyboard("{ArrowUp}");
  const editor = screen.getByRole<HTMLTextAreaElement>("textbox", { name: "New text of the message" });
  expect(editor.value).toBe("message 1");
  await userEvent.keyboard("{Escape}");
  expect(document.activeElement).toBe(field());
});

it("tells that the user is typing, until they send, delete or leave what they write", async () => {
  const emitWithAck = vi.fn<(event: string, payload: { isTyping: boolean }) => Promise<unknown>>();
  emitWithAck.mockResolvedValue({ ok: true, data: {} });
  vi.spyOn(chat, "timeout").mockReturnValue({ emitWithAck } as unknown as ReturnType<typeof chat.timeout>);
  chat.connected = true;
  const told = () => emitWithAck.mock.calls.splice(0).map(([event, { isTyping }]) => `${event} ${isTyping}`);
  try {
    show();
    await userEvent.type(field(), "several keys");
    expect(told()).toEqual(["typing true"]);
    await userEvent.keyboard("{Enter}");
    expect(told()).toEqual(["typing false"]);
    await userEvent.keyboard("x{Backspace}");
    expect(told()).toEqual(["typing true", "typing false"]);
    await userEvent.keyboard("x");
    await userEvent.tab();
    expect(told()).toEqual(["typing true", "typing false"]);
  } finally {
    chat.connected = false;
  }
});
