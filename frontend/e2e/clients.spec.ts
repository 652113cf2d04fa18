import { expect, test } from "@playwright/test";
import { io, type ManagerOptions, type SocketOptions } from "socket.io-client";
import { call, connected, messages, post, register, TRANSPORTS, type Message } from "./stock";

for (const [how, transports] of TRANSPORTS) {
  test(`a stock client writes, reads, reconnects and catches up ${how}`, async ({ baseURL }) => {
    const url = baseURL ?? "";
    const [ann, bob] = [await register(url), await register(url)];
    const conversation = await post<{ id: string }>(
      `${url}/chat/conversations`,
      { type: "direct", participantIds: [bob.id] },
      ann.token,
    );
    const send = (content: string) =>
      post(`${url}/chat/conversations/${conversation.id}/messages`, { content }, ann.token);

    const options: Partial<ManagerOptions & SocketOptions> = {
      transports,
      forceNew: true,
      auth: { token: bob.token },
      reconnectionDelay: 50,
    };
    const chat = io(`${url}/chat`, options);
    const notifications = chat.io.socket("/notifications", options);
    try {
      const count = new Promise<{ count: number }>((resolve) => notifications.once("notification:count", resolve));
      await Promise.all([connected(chat), connected(notifications)]);
      expect(await count).toEqual({ count: 0 });
      const received = messages(chat);
      if (transports.length > 1) {
        await expect.poll(() => chat.io.engine.transport.name).toBe("websocket");
      }
      expect(chat.io.engine.transport.name).toBe(transports.at(-1));

      await send("to bob");
      await call(chat, "message:send", { conversationId: conversation.id, content: "to ann" });
      await expect.poll(() => received).toEqual(["to bob", "to ann"]);

      // The connection breaks under it.
      const back = connected(chat);
      chat.io.engine.close();
      await send("missed");
      await back;
      const held = [{ id: conversation.id, seq: 2, change: 0 }];
      const synced = await call<{ conversations: { messages: Message[] }[] }>(chat, "conversation:sync", {
        conversations: held,
      });
      const missed = synced.conversations.flatMap((entry) => entry.messages.map((message) => message.content));
      expect([...new Set([...received.slice(2), ...missed])]).toEqual(["missed"]);
      await send("live again");
      await expect.poll(() => received.at(-1)).toBe("live again");
    } finally {
      chat.io.engine.close();
      chat.disconnect();
      notifications.disconnect();
    }
  });
}

test("a refused client is told why", async ({ baseURL }) => {
  for (const [, transports] of TRANSPORTS) {
    const chat = io(`${baseURL}/chat`, { transports, forceNew: true, auth: { token: "nonsense" } });
    const refusal = await connected(chat).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ data: { code: "AUTH_INVALID" } });
    chat.disconnect();
  }
});
