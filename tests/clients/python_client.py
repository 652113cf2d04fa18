"""python-socketio, a client that others wrote, against a running Warren: by websocket, by long-polling, by both.

  WARREN_E2E_URL=http://127.0.0.1:3000 python3 tests/clients/python_client.py

Needs python-socketio and aiohttp; ops/test installs them beside the project and runs this.
"""

import asyncio
import secrets
import unittest

import socketio

from people import URL, register, request

PATIENCE_SECONDS = 30


class PythonClient(unittest.IsolatedAsyncioTestCase):
    """What a bot written with python-socketio does."""

    async def test_websocket(self):
        await self.lives(["websocket"])

    async def test_polling(self):
        await self.lives(["polling"])

    async def test_polling_then_upgrade(self):
        await self.lives(["polling", "websocket"])

    async def test_a_refusal_says_why(self):
        client = socketio.AsyncClient()
        refusals = asyncio.Queue()
        client.on("connect_error", refusals.put, namespace="/chat")
        with self.assertRaises(socketio.exceptions.ConnectionError):
            await client.connect(URL, auth={"token": "nonsense"}, namespaces=["/chat"])
        refusal = await asyncio.wait_for(refusals.get(), PATIENCE_SECONDS)
        self.assertEqual(refusal["data"]["code"], "AUTH_INVALID")

    async def lives(self, transports: list[str]) -> None:
        """Signs in on both namespaces, writes, reads, loses its connection, comes back, catches up."""
        ann, bob = await asyncio.gather(*(asyncio.to_thread(register) for _ in range(2)))
        conversation = await asyncio.to_thread(
            request, "POST", "/chat/conversations",
            {"type": "direct", "participantIds": [bob["user"]["userId"]]}, ann["accessToken"])
        path = f"/chat/conversations/{conversation['id']}/messages"

        async def ann_writes(content: str) -> None:
            await asyncio.to_thread(request, "POST", path, {"content": content}, ann["accessToken"])

        client = socketio.AsyncClient(reconnection_delay=0.1)
        received, counts, connects = asyncio.Queue(), asyncio.Queue(), asyncio.Queue()
        client.on("message:created", received.put, namespace="/chat")
        client.on("notification:count", counts.put, namespace="/notifications")
        client.on("connect", lambda: connects.put_nowait("/chat"), namespace="/chat")

        async def next_of(queue: asyncio.Queue):
            return await asyncio.wait_for(queue.get(), PATIENCE_SECONDS)

        await client.connect(URL, auth={"token": bob["accessToken"]}, transports=transports,
                             namespaces=["/chat", "/notifications"], wait_timeout=PATIENCE_SECONDS)
        try:
            await next_of(connects)
            self.assertEqual(client.transport(), transports[-1])
            self.assertEqual(await next_of(counts), {"count": 0})

            await ann_writes("to bob")
            self.assertEqual((await next_of(received))["content"], "to bob")
            sent = {"conversationId": conversation["id"], "content": "to ann", "clientId": secrets.token_hex(8)}
            acks = [await client.call("message:send", sent, namespace="/chat") for _ in range(2)]
            self.assertEqual(acks[0], acks[1], "repeating it under the same name changes nothing")
            self.assertEqual((await next_of(received))["content"], "to ann")

            # The connection breaks under the client.
            await (client.eio.http if transports == ["polling"] else client.eio.ws).close()
            await ann_writes("missed")
            await next_of(connects)
            held = [{"id": conversation["id"], "seq": 2, "change": 0}]
            synced = await client.call("conversation:sync", {"conversations": held}, namespace="/chat")
            missed = [message["content"] for entry in synced["data"]["conversations"] for message in entry["messages"]]
            live = []
            await ann_writes("live again")
            while not live or live[-1] != "live again":
                live.append((await next_of(received))["content"])
            self.assertEqual(list(dict.fromkeys(missed + live)), ["missed", "live again"])
        finally:
            await client.disconnect()


if __name__ == "__main__":
    unittest.main()
