import { describe, expect, it, vi } from "vitest";
import { ApiError, type FailureCode } from "@/api/errors";
import type { Message, SendMessage } from "@/api/types";
import type { Lock } from "@/lib/lock";
import { describeError } from "@/locales/errors";
import { message } from "@/test/fixtures";
import { MAX_ATTEMPTS, confirmed, requeued, type Outbox, type Outgoing } from "./outbox";
import { Sender, type SenderOptions } from "./sender";

const entry = (clientId: string, conversationId = "d1-2"): Outgoing => ({
  clientId,
  conversationId,
  content: clientId,
  createdAt: "2026-01-15T12:00:00.000Z",
  order: 1,
  state: "queued",
  attempts: 0,
});

const refuse = (code: FailureCode) => Promise.reject(new ApiError(code, code));

interface Tab {
  outbox: Outbox;
  ready: boolean;
}

function setUp(outbox: Outbox, send: (message: SendMessage) => Promise<Message>, options: Partial<SenderOptions> = {}) {
  const state: Tab = { outbox, ready: true };
  const sent: string[] = [];
  const stored: string[] = [];
  const sender = new Sender({
    read: () => state.outbox,
    refresh: () => Promise.resolve(),
    write: (update) => {
      state.outbox = update(state.outbox);
      return Promise.resolve();
    },
    lockOf: () => (work) => work(false),
    send: (outgoing) => {
      sent.push(outgoing.clientId);
      return send(outgoing);
    },
    isReady: () => state.ready,
    onStored: ({ clientId }) => stored.push(clientId ?? ""),
    pause: () => Promise.resolve(),
    ...options,
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

  it("tells what is wrong with a field, rather than that something is", async () => {
    const reason = "must be a message of this conversation that you can see";
    const refusal = new ApiError("INVALID_INPUT", "The input is not valid.", [{ field: "replyTo", message: reason }]);
    const { state, sender } = setUp([{ ...entry("a"), replyTo: "d1-2.0000000007" }], () => Promise.reject(refusal));
    await sender.drain("d1-2");
    expect(state.outbox).toMatchObject([{ state: "failed", error: { code: "INVALID_INPUT", message: reason } }]);
    expect(describeError(new ApiError("INVALID_INPUT", reason))).toMatch(/^You cannot see the message/);
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
    await sender.flush();
    await vi.waitFor(() => expect(state.outbox).toEqual([]));
    expect(sent).toEqual(["a", "a", "b"]);
  });

  it("sends what another tab left without telling, once there is a connection again", async () => {
    const { state, sent, sender } = setUp([], accept, {
      refresh: () => {
        if (sent.length === 0) state.outbox = [entry("left behind")];
        return Promise.resolve();
      },
    });
    await sender.flush();
    await vi.waitFor(() => expect(sent).toEqual(["left behind"]));
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

  it("leaves to another tab what that one is sending, and goes on where it stopped", async () => {
    let kept: Outbox = [entry("a"), entry("b"), entry("c")];
    let queue = Promise.resolve<unknown>(undefined);
    const lock: Lock = (work) => {
      const turn = queue.then(() => work(true));
      queue = turn;
      return turn;
    };
    const tab = (send: (message: SendMessage) => Promise<Message>) => {
      const made = setUp(kept, send, {
        lockOf: () => lock,
        refresh: () => {
          made.state.outbox = kept;
          return Promise.resolve();
        },
        write: (update) => {
          kept = update(kept);
          made.state.outbox = kept;
          return Promise.resolve();
        },
      });
      return made;
    };
    const first = tab((outgoing) => {
      // Its connection ends with its second message.
      first.state.ready = outgoing.clientId !== "b";
      return first.state.ready ? accept(outgoing) : refuse("OFFLINE");
    });
    const second = tab(accept);
    await Promise.all([first.sender.drain("d1-2"), second.sender.drain("d1-2")]);
    expect(first.sent).toEqual(["a", "b"]);
    expect(second.sent).toEqual(["b", "c"]);
    expect(kept).toEqual([]);
  });

  it("sends what is written just when the last message has gone", async () => {
    const made = setUp([entry("a")], accept, {
      lockOf: () => async (work) => {
        const result = await work(false);
        if (made.sent.length === 1) {
          made.state.outbox = [entry("late")];
          void made.sender.drain("d1-2");
        }
        return result;
      },
    });
    await made.sender.drain("d1-2");
    expect(made.sent).toEqual(["a", "late"]);
  });
});
