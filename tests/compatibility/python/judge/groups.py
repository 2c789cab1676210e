"""Consumer groups: membership, rebalances, stored offsets."""

import asyncio

from apache_iggy import AutoCommit, Consumer, Partitioning, PollingStrategy, SendMessage
from tools import connected, equal, milliseconds, numbered, poll, proved, refused, texts, until


async def judge(address):
    client = await connected(address)
    await client.create_stream("s")
    await catalog(client)
    await stored_offsets(client)
    await rebalance(address, client)
    await idle(address, client)


async def catalog(client):
    await client.create_topic("s", "plain", 2)
    equal(await client.get_consumer_groups("s", "plain"), [], "no groups")
    await client.create_consumer_group("s", "plain", "first")
    await client.create_consumer_group("s", "plain", "second")
    await refused(client.create_consumer_group("s", "plain", "first"), "a second group of a name", "already exists")
    await refused(client.create_consumer_group("s", "missing", "first"), "a group of a missing topic")
    groups = [(group.id, group.name, group.members_count) for group in await client.get_consumer_groups("s", "plain")]
    equal(groups, [(0, "first", 0), (1, "second", 0)], "groups")
    group = await client.get_consumer_group("s", "plain", 1)
    equal((group.name, group.partitions_count, group.members), ("second", 2, []), "a group")
    equal(await client.get_consumer_group("s", "plain", "missing"), None, "a missing group")
    await refused(client.join_consumer_group("s", "plain", "missing"), "joining a missing group")
    await refused(client.leave_consumer_group("s", "plain", "first"), "leaving without membership")
    await client.delete_consumer_group("s", "plain", "first")
    await refused(client.delete_consumer_group("s", "plain", "first"), "a second delete", "not found")
    proved("create, list and delete groups")


async def stored_offsets(client):
    await client.create_topic("s", "stored", 1)
    await client.send_messages("s", "stored", 0, numbered(0, 20))
    consumer = await client.consumer_group(
        "workers",
        "s",
        "stored",
        polling_strategy=PollingStrategy.Next(),
        batch_length=5,
        auto_commit=AutoCommit.Disabled(),
        poll_interval=milliseconds(10),
        allow_replay=True,
    )
    equal((consumer.name(), consumer.stream(), consumer.topic()), ("workers", "s", "stored"), "the consumer's names")
    seen = []
    async for message in consumer.iter_messages():
        seen.append(message.payload().decode())
        if len(seen) == 5:
            break
    equal(seen, [f"m{n}" for n in range(5)], "messages of the group")
    equal(consumer.get_last_consumed_offset(0), 4, "last consumed offset")
    await consumer.store_offset(2, 0)
    equal(consumer.get_last_stored_offset(0), 2, "last stored offset")
    group = Consumer.Group("workers")
    # The membership belongs to this connection, so its polls are the group's.
    found = texts(await poll(client, "s", "stored", PollingStrategy.Next(), 2, consumer=group))
    equal(found, ["m3", "m4"], "next after a store")
    await consumer.delete_offset(0)
    found = texts(await poll(client, "s", "stored", PollingStrategy.Next(), 2, consumer=group))
    equal(found, ["m0", "m1"], "next after a delete")
    await refused(consumer.delete_offset(0), "deleting a missing offset")
    await refused(consumer.store_offset(10**6, 0), "an offset beyond the end")
    await client.leave_consumer_group("s", "stored", "workers")
    await client.delete_consumer_group("s", "stored", "workers")
    proved("store and delete offsets of a consumer group")


async def shared(client, expected):
    async def reached():
        group = await client.get_consumer_group("s", "shared", "team")
        return sorted(sorted(member.partitions) for member in group.members) == expected

    await until(reached, f"shares {expected}")


async def receive(client, count):
    """What a member gets by polling without a partition, until it has `count` messages."""
    found = []
    while len(found) < count:
        messages = await poll(
            client, "s", "shared", PollingStrategy.Next(), 10, None, Consumer.Group("team"), auto_commit=True
        )
        found += [(message.partition_id(), message.offset()) for message in messages]
    return found


async def rebalance(address, client):
    await client.create_topic("s", "shared", 4)
    await client.create_consumer_group("s", "shared", "team")
    for partition in range(4):
        await client.send_messages("s", "shared", Partitioning.partition_id(partition), numbered(0, 10))
    await client.join_consumer_group("s", "shared", "team")
    await shared(client, [[0, 1, 2, 3]])
    other = await connected(address)
    await other.join_consumer_group("s", "shared", "team")
    await shared(client, [[0, 1], [2, 3]])
    mine, theirs = await receive(client, 20), await receive(other, 20)
    equal(sorted({partition for partition, _ in mine}), [0, 1], "partitions of the first member")
    equal(sorted({partition for partition, _ in theirs}), [2, 3], "partitions of the second member")
    everything = sorted((partition, offset) for partition in range(4) for offset in range(10))
    equal(sorted(mine + theirs), everything, "each message once")
    equal((await client.get_stats()).consumer_groups_count >= 2, True, "groups in the statistics")

    third, fourth, fifth = [await connected(address) for _ in range(3)]
    for member in (third, fourth, fifth):
        await member.join_consumer_group("s", "shared", "team")
    await shared(client, [[], [0], [1], [2], [3]])
    for member in (other, third, fourth, fifth):
        await member.leave_consumer_group("s", "shared", "team")
    await shared(client, [[0, 1, 2, 3]])
    for partition in range(4):
        await client.send_messages("s", "shared", Partitioning.partition_id(partition), [SendMessage("more")])
    equal(sorted(await receive(client, 4)), [(partition, 10) for partition in range(4)], "after the rebalance")
    await client.create_partitions("s", "shared", 2)
    await shared(client, [[0, 1, 2, 3, 4, 5]])
    proved("rebalances of a group of up to five members")


async def idle(address, client):
    """A member that only sends heartbeats stays a member; the server evicts silent ones after half a second."""
    waiting = await connected(address)
    await waiting.join_consumer_group("s", "shared", "team")
    await shared(client, [[0, 1, 2], [3, 4, 5]])
    await asyncio.sleep(1.5)
    await shared(client, [[0, 1, 2], [3, 4, 5]])
    await waiting.logout_user()
    await shared(client, [[0, 1, 2, 3, 4, 5]])
    proved("heartbeats keep a membership, a logout ends it")
