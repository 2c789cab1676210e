"""What a client sees of a server that is stopped and started again; the caller does that at each `restart`."""

import asyncio
import sys

from apache_iggy import AutoCommit, AutoCommitWhen, AutoLogin, Consumer, PollingStrategy
from tools import equal, everything, milliseconds, new_client, numbered, poll, proved, texts, until


async def restarted(client):
    """Has the server restarted, and waits until the client is logged in again: calls meanwhile may fail."""
    print("restart", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

    async def answered():
        try:
            await client.get_streams()
            return True
        except RuntimeError:
            return False

    await until(answered, "an answer after the restart")


async def judge(address):
    client = new_client(address, AutoLogin.username_password("iggy", "iggy"))
    await client.connect()
    await client.create_stream("kept")
    await client.create_topic("kept", "t", 2)
    await client.send_messages("kept", "t", 0, numbered(0, 10))
    reader = Consumer.Single("reader")
    await poll(client, "kept", "t", PollingStrategy.Next(), 4, consumer=reader, auto_commit=True)

    await restarted(client)
    equal([stream.name for stream in await client.get_streams()], ["kept"], "streams after a restart")
    equal(await everything(client, "kept", "t"), [f"m{n}" for n in range(10)], "messages after a restart")
    found = texts(await poll(client, "kept", "t", PollingStrategy.Next(), 4, consumer=reader))
    equal(found, [f"m{n}" for n in range(4, 8)], "the stored offset after a restart")
    response = await client.send_messages("kept", "t", 0, numbered(10, 20))
    equal(response.confirmations[0].base_offset, 10, "the next offset after a restart")
    proved("streams, messages and offsets outlive a restart")

    consumer = await client.consumer_group(
        "group",
        "kept",
        "t",
        polling_strategy=PollingStrategy.Next(),
        # More than the stores that a restart can cost: the client does not repeat them, and filters what comes again.
        batch_length=20,
        auto_commit=AutoCommit.When(AutoCommitWhen.ConsumingEachMessage()),
        poll_interval=milliseconds(20),
        polling_retry_interval=milliseconds(50),
    )
    seen = []
    await take(consumer, seen, 10)
    await restarted(client)
    await take(consumer, seen, 20)
    equal(list(dict.fromkeys(seen)), [f"m{n}" for n in range(20)], "messages of a group over a restart")
    proved("a consumer goes on over a restart")


async def take(consumer, seen, count):
    """Reads on until so many messages are seen; a call that the restart cut off ends the client's loop, not its consumer."""
    while len(set(seen)) < count:
        try:
            async for message in consumer.iter_messages():
                seen.append(message.payload().decode())
                if len(set(seen)) == count:
                    return
        except RuntimeError as error:
            if "Disconnected" not in str(error):
                raise
