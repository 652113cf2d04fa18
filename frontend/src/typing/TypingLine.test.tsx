import { act, render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
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

it("tells the server what is on the screen, anew with every connection", () => {
  const emitWithAck = vi.fn(() => Promise.resolve({ ok: true, data: {} }));
  vi.spyOn(chat, "timeout").mockReturnValue({ emitWithAck } as unknown as ReturnType<typeof chat.timeout>);
  chat.connected = true;
  const told = () => emitWithAck.mock.calls.map(([event]: unknown[]) => event);
  try {
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
  } finally {
    chat.connected = false;
    useConnection.setState({ status: "connecting" });
  }
});
