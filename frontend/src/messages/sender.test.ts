import { describe, expect, it, vi } from "vitest";
import { ApiError, type FailureCode } from "@/api/errors";
import type { Message, SendMessage } from "@/api/types";
import { message } from "@/test/fixtures";
import { MAX_ATTEMPTS, confirmed, requeued, type Outbox, type Outgoing } from "./outbox";
import { Sender } from "./sender";

const entry = (clientId: string, conversationId = "d1-2"): Outgoing => ({
  clientId,
  conversationId,
  content: clientId,
  createdAt: "2026-01-15T12:00:00.000Z",
  state: "queued",
  attempts: 0,
});

const refuse = (code: FailureCode) => Promise.reject(new ApiError(code, code));

function setUp(outbox: Outbox, send: (message: SendMessage) => Promise<Message>) {
  const state = { outbox, ready: true };
  const sent: string[] = [];
  const stored: string[] = [];
  const sender = new Sender({
    read: () => state.outbox,
    write: (update) => {
      state.outbox = update(state.outbox);
    },
    send: (outgoing) => {
      sent.push(outgoing.clientId);
      return send(outgoing);
    },
    isReady: () => state.ready,
    onStored: ({ clientId }) => stored.push(clientId ?? ""),
    pause: () => Promise.resolve(),
  });
  return { state, sent, stored, sender };
}

const accept = ({ clientId }: SendMessage) => Promise.resolve(message(1, { clientId }));

describe("the sender", () => {
  it("sends one after another, in the order of writing", async () => {
    let underWay = 0;
    const { state, sent, stored, sender } = setUp([entry("a"), entry("b"), entry("c")], async (outgoing) => {
      underWay += 1;
      expect(underWay).toBe(1);
      await Promise.resolve();
      underWay -= 1;
      return accept(outgoing);
    });
    await Promise.all([sender.drain("d1-2"), sender.drain("d1-2")]);
    expect(sent).toEqual(["a", "b", "c"]);
    expect(stored).toEqual(sent);
    expect(state.outbox).toEqual([]);
  });

  it.each(["BUSY", "UNAVAILABLE", "TIMEOUT", "RATE_LIMITED"] as const)(
    "repeats after %s with the same clientId and before anything later",
    async (code) => {
      const send = vi.fn(accept).mockImplementationOnce(() => refuse(code));
      const { sent, sender } = setUp([entry("a"), entry("b")], send);
      await sender.drain("d1-2");
      expect(sent).toEqual(["a", "a", "b"]);
    },
  );

  it("gives up in the end, without letting later messages overtake", async () => {
    const { state, sent, sender } = setUp([entry("a"), entry("b"), entry("x", "d1-3")], () => refuse("BUSY"));
    await sender.drain("d1-2");
    expect(sent).toEqual(Array.from({ length: MAX_ATTEMPTS }, () => "a"));
    expect(state.outbox.map(({ state }) => state)).toEqual(["failed", "failed", "queued"]);

    expect(requeued(state.outbox, "d1-2").slice(0, 2)).toEqual([entry("a"), entry("b")]);
  });

  it("sets aside what is refused and goes on", async () => {
    const send = vi.fn(accept).mockImplementationOnce(() => refuse("FORBIDDEN"));
    const { state, sent, sender } = setUp([entry("a"), entry("b")], send);
    await sender.drain("d1-2");
    expect(sent).toEqual(["a", "b"]);
    expect(state.outbox).toMatchObject([{ clientId: "a", state: "failed", error: { code: "FORBIDDEN" } }]);
  });

  it("keeps what a lost connection interrupts, and sends it again when there is one", async () => {
    const send = vi.fn(accept);
    const { state, sent, sender } = setUp([entry("a"), entry("b")], send);
    send.mockImplementationOnce(() => {
      state.ready = false;
      return refuse("OFFLINE");
    });
    await sender.drain("d1-2");
    expect(state.outbox).toMatchObject([
      { clientId: "a", state: "queued", attempts: 0 },
      { clientId: "b", state: "queued" },
    ]);

    state.ready = true;
    sender.flush();
    await vi.waitFor(() => expect(state.outbox).toEqual([]));
    expect(sent).toEqual(["a", "a", "b"]);
  });

  it("does not repeat what an event confirmed while the ack was lost", async () => {
    const { state, sent, sender } = setUp([entry("a"), entry("b")], (outgoing) => {
      if (outgoing.clientId !== "a") return accept(outgoing);
      state.outbox = confirmed(state.outbox, new Set(["a"]));
      return refuse("TIMEOUT");
    });
    await sender.drain("d1-2");
    expect(sent).toEqual(["a", "b"]);
  });

  it("sends nothing without a connection", async () => {
    const { state, sent, sender } = setUp([entry("a")], accept);
    state.ready = false;
    await sender.drain("d1-2");
    expect(sent).toEqual([]);
  });
});
