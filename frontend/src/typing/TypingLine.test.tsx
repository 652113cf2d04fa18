import { act, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { conversation, OTHER } from "@/test/fixtures";
import { useConnection } from "@/realtime/connection";
import { chat } from "@/realtime/sockets";
import { TypingLine, typingText } from "./TypingLine";
import { heardTyping, useTypists } from "./typists";

const names: Record<number, string> = { 2: "Grace", 3: "Hedy", 4: "Joan" };
const text = (...typists: number[]) => typingText(typists, (userId) => names[userId] ?? "");

it("names one or two, and counts more", () => {
  expect(text(2)).toBe("Grace is typing");
  expect(text(3, 2)).toBe("Hedy and Grace are typing");
  expect(text(2, 3, 4)).toBe("3 people are typing");
});

it("shows who types in this conversation", () => {
  const { unmount } = render(<TypingLine conversation={conversation()} />);
  act(() => heardTyping({ conversationId: "d1-2", userId: OTHER, isTyping: true }));
  act(() => heardTyping({ conversationId: "d1-9", userId: 9, isTyping: true }));
  expect(screen.getByText("Grace is typing")).toBeTruthy();
  act(() => heardTyping({ conversationId: "d1-2", userId: OTHER, isTyping: false }));
  expect(screen.queryByText("Grace is typing")).toBeNull();
  unmount();
});

/** Has what the page tells the server acknowledged; the names of the events. */
function listen(): () => unknown[] {
  const emitWithAck = vi.fn(() => Promise.resolve({ ok: true, data: {} }));
  vi.spyOn(chat, "timeout").mockReturnValue({ emitWithAck } as unknown as ReturnType<typeof chat.timeout>);
  chat.connected = true;
  return () => emitWithAck.mock.calls.map(([event]: unknown[]) => event);
}

afterEach(() => {
  chat.connected = false;
  useConnection.setState({ status: "connecting" });
});

it("tells the server what is on the screen, anew with every connection", () => {
  const told = listen();
  const { unmount } = render(<TypingLine conversation={conversation()} />);
  expect(told()).toEqual([]);
  act(() => useConnection.setState({ status: "catching-up" }));
  act(() => useConnection.setState({ status: "online" }));
  expect(told()).toEqual(["conversation:join"]);
  act(() => heardTyping({ conversationId: "d1-2", userId: OTHER, isTyping: true }));
  chat.connected = false;
  act(() => useConnection.setState({ status: "lost" }));
  expect(useTypists.getState().in["d1-2"]).toBeUndefined();
  chat.connected = true;
  act(() => useConnection.setState({ status: "catching-up" }));
  unmount();
  expect(told()).toEqual(["conversation:join", "conversation:join", "conversation:leave"]);
});

it("shows nothing to nobody: what cannot be seen is not on the screen", () => {
  const told = listen();
  let visibility: DocumentVisibilityState = "hidden";
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility);
  const become = (state: DocumentVisibilityState) => {
    visibility = state;
    act(() => void document.dispatchEvent(new Event("visibilitychange")));
  };
  useConnection.setState({ status: "online" });
  const { unmount } = render(<TypingLine conversation={conversation()} />);
  expect(told()).toEqual([]);
  become("visible");
  expect(told()).toEqual(["conversation:join"]);
  vi.spyOn(document, "hasFocus").mockReturnValue(false);
  act(() => void window.dispatchEvent(new Event("blur")));
  expect(told()).toEqual(["conversation:join"]);
  become("hidden");
  expect(told()).toEqual(["conversation:join", "conversation:leave"]);
  // A connection that comes back is told nothing until somebody looks again.
  act(() => useConnection.setState({ status: "lost" }));
  act(() => useConnection.setState({ status: "online" }));
  expect(told()).toHaveLength(2);
  become("visible");
  unmount();
  expect(told().slice(2)).toEqual(["conversation:join", "conversation:leave"]);
});
