"""The high-level consumer with each way of committing, and the high-level producer."""

import asyncio

from apache_iggy import (
    AutoCommit,
    AutoCommitAfter,
    AutoCommitWhen,
    BackgroundProducerConfig,
    BackpressureMode,
    Consumer,
    DirectProducerConfig,
    Partitioning,
    PollingStrategy,
    ProducerSharding,
    SendMessage,
)
from tools import connected, equal, everything, milliseconds, numbered, poll, proved, refused, until

SOON = milliseconds(30)

MODES = {
    "disabled": AutoCommit.Disabled(),
    "interval": AutoCommit.Interval(SOON),
    "when-polling": AutoCommit.When(AutoCommitWhen.PollingMessages()),
    "when-all": AutoCommit.When(AutoCommitWhen.ConsumingAllMessages()),
    "when-each": AutoCommit.When(AutoCommitWhen.ConsumingEachMessage()),
    "when-every-5th": AutoCommit.When(AutoCommitWhen.ConsumingEveryNthMessage(5)),
    "interval-or-when": AutoCommit.IntervalOrWhen(SOON, AutoCommitWhen.ConsumingEachMessage()),
    "after-all": AutoCommit.After(AutoCommitAfter.ConsumingAllMessages()),
    "after-each": AutoCommit.After(AutoCommitAfter.ConsumingEachMessage()),
    "after-every-5th": AutoCommit.After(AutoCommitAfter.ConsumingEveryNthMessage(5)),
    "interval-or-after": AutoCommit.IntervalOrAfter(SOON, AutoCommitAfter.ConsumingEachMessage()),
}


async def judge(address):
    client = await connected(address)
    await client.create_stream("s")
    await client.create_topic("s", "input", 1)
    await client.send_messages("s", "input", 0, numbered(0, 20))
    for name, auto_commit in MODES.items():
        await committing(address, client, name, auto_commit)
    proved("each way of committing")
    await two_consumers(address, client)
    await producers(address)


async def committing(address, client, name, auto_commit):
    # Without any store the server goes on answering the same ten; a commit after all messages means all of the partition.
    wanted = {"disabled": 10, "after-all": 20}.get(name, 15)
    own = await connected(address)
    consumer = await own.consumer_group(
        name,
        "s",
        "input",
        polling_strategy=PollingStrategy.Next(),
        batch_length=20 if name == "after-all" else 10,
        auto_commit=auto_commit,
        poll_interval=milliseconds(5),
    )
    handled, enough = [], asyncio.Event()

    async def handle(message):
        handled.append(message.payload().decode())
        if len(handled) == wanted:
            # Who commits after the handler, or in the background, gets the time for it.
            asyncio.get_running_loop().call_later(0.1, enough.set)

    await consumer.consume_messages(handle, enough)
    equal(handled[:wanted], [f"m{n}" for n in range(wanted)], f"messages with {name}")
    # A membership of our own reads where the group stands.
    await client.join_consumer_group("s", "input", name)

    async def owned():
        return [m.partitions for m in (await client.get_consumer_group("s", "input", name)).members] == [[0]]

    await own.logout_user()
    await until(owned, "the group's partition")
    messages = await poll(client, "s", "input", PollingStrategy.Next(), 1, None, Consumer.Group(name))
    following = messages[0].offset() if messages else 20
    # Of the batch of ten that was not handled to its end each way may have stored more or less.
    nearest = 0 if name == "disabled" else 10
    furthest = {"disabled": 0, "when-polling": 20}.get(name, len(handled))
    equal(nearest <= following <= furthest, True, f"with {name} the group goes on at {following}")
    await client.leave_consumer_group("s", "input", name)


async def two_consumers(address, client):
    await client.create_topic("s", "divided", 4)
    for partition in range(4):
        await client.send_messages("s", "divided", Partitioning.partition_id(partition), numbered(0, 50))
    seen, enough = set(), asyncio.Event()

    async def handle(message):
        place = (message.partition_id(), message.offset())
        equal(place in seen, False, f"message {place} twice")
        seen.add(place)
        if len(seen) == 200:
            enough.set()

    async def consume():
        own = await connected(address)
        consumer = await own.consumer_group(
            "pair",
            "s",
            "divided",
            polling_strategy=PollingStrategy.Next(),
            batch_length=10,
            auto_commit=AutoCommit.When(AutoCommitWhen.PollingMessages()),
            poll_interval=milliseconds(5),
        )
        await consumer.consume_messages(handle, enough)

    first = asyncio.create_task(consume())
    second = asyncio.create_task(consume())
    await asyncio.gather(first, second)
    equal(len(seen), 200, "messages of both consumers")
    proved("two consumers of a group read each message once")


async def producers(address):
    client = await connected(address)
    async with await client.producer("made", "direct", topic_partitions_count=2) as producer:
        response = await producer.send(numbered(0, 10))
        equal(sum(1 for _ in response.confirmations) >= 1, True, "confirmations of a direct producer")
        await producer.send_one(SendMessage("one"))
        await producer.send_with_partitioning(numbered(0, 3), Partitioning.partition_id(1))
        await client.create_topic("made", "other", 1)
        await producer.send_to("made", "other", numbered(0, 2))
    equal((await client.get_topic("made", "direct")).messages_count, 14, "messages of a direct producer")
    equal(await everything(client, "made", "other"), ["m0", "m1"], "messages sent elsewhere")

    small = DirectProducerConfig(batch_length=7, linger_time=milliseconds(0))
    producer = await client.producer("made", "small", mode=small, partitioning=Partitioning.partition_id(0))
    await producer.send(numbered(0, 100))
    await producer.shutdown()
    equal(await everything(client, "made", "small"), [f"m{n}" for n in range(100)], "messages in small batches")

    background = BackgroundProducerConfig(
        num_shards=2,
        linger_time=milliseconds(5),
        batch_length=20,
        failure_mode=BackpressureMode.block(),
        sharding=ProducerSharding.ORDERED,
    )
    producer = await client.producer(
        "made", "background", mode=background, partitioning=Partitioning.partition_id(0)
    )
    for number in range(500):
        await producer.send_one(SendMessage(f"m{number}"))
    await producer.shutdown()
    equal(await everything(client, "made", "background"), [f"m{n}" for n in range(500)], "messages in the background")
    await refused(
        client.producer("absent", "t", create_stream_if_not_exists=False), "a producer of a missing stream"
    )
    proved("producers, direct and in the background")
