import { QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { queryClient } from "@/api/queryClient";
import { MeContext } from "@/auth/me";
import { tokens } from "@/auth/tokens";
import { withConversation } from "@/conversations/cache";
import { updateConversations } from "@/conversations/queries";
import { Applier } from "@/realtime/apply";
import { at, conversation, ME, message, messages, OTHER, session } from "@/test/fixtures";
import { Composer } from "./Composer";
import { clearDrafts, readDraft, readReply } from "./drafts";
import { stopEditing } from "./editing";
import { requeued } from "./outbox";
import { outbox } from "./outboxStore";
import { Quote } from "./Quote";
import { putTimeline } from "./queries";
import { recentChanges } from "./recentChanges";
import { startReply } from "./replies";
import { fromNewest } from "./timeline";

const question = message(12, { content: "shall we?" });

beforeEach(() => {
  outbox.detach();
  clearDrafts(ME);
  stopEditing();
  recentChanges.clear();
  queryClient.clear();
  tokens.hold(session("token"));
  updateConversations((index) => withConversation(index, conversation({ lastSeq: 13 })));
  const items = [...messages(10, 11), question, message(13, { senderId: ME, content: "a thought" })];
  putTimeline("d1-2", fromNewest({ items, nextCursor: "10" }));
});
afterEach(() => {
  tokens.drop();
  vi.unstubAllGlobals();
});

const wrap = (children: React.ReactNode) => (
  <QueryClientProvider client={queryClient}>
    <MeContext value={session("").user}>{children}</MeContext>
  </QueryClientProvider>
);
const showComposer = () => render(wrap(<Composer conversationId="d1-2" name="Grace" />));
const showQuote = (replyTo: string, onOpen = vi.fn()) => {
  render(wrap(<Quote conversationId="d1-2" replyTo={replyTo} isMine={false} onOpen={onOpen} />));
  return onOpen;
};
const field = () => screen.getByRole<HTMLTextAreaElement>("textbox");
const cancel = () => screen.queryByRole("button", { name: "Cancel the reply" });

it("is written with what it answers above it, and sent with it once", async () => {
  showComposer();
  act(() => startReply(question, ME));
  expect(document.activeElement).toBe(field());
  const described = document.getElementById(field().getAttribute("aria-describedby") ?? "");
  expect(described?.textContent).toBe("Replying to Grace shall we?");
  await userEvent.keyboard("yes{Enter}and more{Enter}");
  expect(outbox.read().map(({ content, replyTo }) => [content, replyTo])).toEqual([
    ["yes", question.id],
    ["and more", undefined],
  ]);
  expect(cancel()).toBeNull();
});

it("is kept with the draft, each conversation's own, until it is cancelled", async () => {
  const { unmount } = showComposer();
  act(() => startReply(question, ME));
  await userEvent.keyboard("not yet");
  unmount();
  expect(readReply(ME, "d1-9")).toBeNull();
  showComposer();
  expect(cancel()).not.toBeNull();
  expect(field().value).toBe("not yet");
  await userEvent.click(screen.getByRole("button", { name: "Cancel the reply" }));
  expect(readReply(ME, "d1-2")).toBeNull();
  expect(readDraft(ME, "d1-2")).toBe("not yet");
  expect(document.activeElement).toBe(field());
});

it("is cancelled by Escape, which else would close the conversation", async () => {
  showComposer();
  act(() => startReply(question, ME));
  const pressed = vi.fn<(event: KeyboardEvent) => void>();
  window.addEventListener("keydown", pressed);
  await userEvent.keyboard("{Escape}{Escape}");
  window.removeEventListener("keydown", pressed);
  expect(cancel()).toBeNull();
  expect(pressed.mock.calls.map(([event]) => event.defaultPrevented)).toEqual([true, false]);
});

it("outlives the edit of another message", async () => {
  showComposer();
  act(() => startReply(question, ME));
  await userEvent.keyboard("{ArrowUp}");
  expect(screen.getByRole("textbox", { name: "New text of the message" })).toBe(document.activeElement);
  await userEvent.keyboard("{Escape}");
  expect(cancel()).not.toBeNull();
  expect(readReply(ME, "d1-2")).toBe(question.id);
});

it("is chosen by keys, from the newest message up and down again", async () => {
  showComposer();
  await userEvent.click(field());
  const up = "{Control>}{ArrowUp}{/Control}";
  const down = "{Control>}{ArrowDown}{/Control}";
  await userEvent.keyboard(up);
  expect(screen.getByText("Replying to yourself")).toBeTruthy();
  await userEvent.keyboard(up);
  expect(readReply(ME, "d1-2")).toBe(question.id);
  await userEvent.keyboard(down + down);
  expect(readReply(ME, "d1-2")).toBeNull();
  // Within a text these keys are the field's own.
  await userEvent.keyboard(`x${up}`);
  expect(readReply(ME, "d1-2")).toBeNull();
});

it("is tried again with what it answers", () => {
  void outbox.add("d1-2", "yes", { replyTo: question.id });
  const error = { code: "FORBIDDEN", message: "You may not." } as const;
  const failed = outbox.read().map((entry) => ({ ...entry, state: "failed", attempts: 2, error }) as const);
  const [again] = requeued(failed, "d1-2");
  expect(again).toMatchObject({ replyTo: question.id, state: "queued", attempts: 0 });
  expect(again?.error).toBeUndefined();
});

it("shows who wrote what it answers, follows what becomes of that, and leads there", async () => {
  const onOpen = showQuote(question.id);
  const quote = screen.getByRole("button", { name: "In reply to Grace shall we?" });
  await userEvent.click(quote);
  expect(onOpen).toHaveBeenCalledWith(12);
  const applier = new Applier(ME);
  act(() => applier.messageUpdated({ ...question, content: "shall we go?", editedAt: at(20), change: 1 }));
  expect(await screen.findByText("shall we go?")).toBeTruthy();
  const { id: messageId, conversationId, seq } = question;
  act(() => applier.messageDeleted({ messageId, conversationId, seq, deletedBy: OTHER, deletedAt: at(21), change: 2 }));
  expect(await screen.findByText("Message deleted")).toBeTruthy();
});

it("fetches what it answers where that is not held, once, and follows it as well", async () => {
  const far = message(3, { content: "long ago" });
  const ask = vi.fn<typeof fetch>(() =>
    Promise.resolve(new Response(JSON.stringify({ items: [far], nextCursor: "3" }))),
  );
  vi.stubGlobal("fetch", ask);
  showQuote(far.id);
  expect(screen.getByText("Loading…")).toBeTruthy();
  expect(await screen.findByText("long ago")).toBeTruthy();
  showQuote(far.id);
  expect(await screen.findAllByText("long ago")).toHaveLength(2);
  expect(ask.mock.calls.map(([url]) => url)).toEqual(["/chat/conversations/d1-2/messages?after=2&limit=1"]);
  act(() => new Applier(ME).messageUpdated({ ...far, content: "longer ago", editedAt: at(20), change: 1 }));
  await waitFor(() => expect(screen.getAllByText("longer ago")).toHaveLength(2));
});

it("says so where what it answers is not there for the reader", async () => {
  const next = message(5);
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify({ items: [next], nextCursor: null }))));
  showQuote(message(4).id);
  expect(await screen.findByText("Message not available")).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button").disabled).toBe(true);
});

it("is asked for again after a lost connection", async () => {
  const far = message(3, { content: "long ago" });
  let isThere = false;
  vi.stubGlobal("fetch", () =>
    isThere
      ? Promise.resolve(new Response(JSON.stringify({ items: [far], nextCursor: null })))
      : Promise.resolve(new Response(JSON.stringify({ code: "NOT_FOUND", status: 404 }), { status: 404 })),
  );
  showQuote(far.id);
  expect(await screen.findByText("Message not available")).toBeTruthy();
  isThere = true;
  act(() => new Applier(ME).caughtUp());
  expect(await screen.findByText("long ago")).toBeTruthy();
});
