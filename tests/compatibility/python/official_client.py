"""Drives the official Python client (apache-iggy 0.9.0) against a server.

Usage: official_client.py HOST:PORT [packages folder]. Prints one line `ok NAME` for each thing proved and ends with
status 1 at the first thing that is not as it should be.
"""

import asyncio
import datetime
import os
import sys

if len(sys.argv) > 2:
    sys.path.insert(0, sys.argv[2])

from apache_iggy import (  # noqa: E402
    AutoCommit,
    Consumer,
    Durability,
    HeaderKey,
    HeaderValue,
    IggyClient,
    IggyExpiry,
    MaxTopicSize,
    Partitioning,
    PollingStrategy,
    SendMessage,
    TcpConfig,
)

ADDRESS = sys.argv[1]
STREAM = "orders"
TOPIC = "events"


def equal(found, expected, what):
    if found != expected:
        raise AssertionError(f"{what}: expected {expected!r}, found {found!r}")


def proved(name):
    print(f"ok {name}", flush=True)


async def refused(awaitable, what):
    try:
        await awaitable
    except Exception as error:  # the client raises RuntimeError with the server's error in its text
        return str(error)
    raise AssertionError(f"{what} was not refused")


def new_client():
    # The client learns of a rebalance on its heartbeat; the default of 5 s would only make the script slow.
    heartbeat = datetime.timedelta(milliseconds=100)
    return IggyClient(TcpConfig(server_address=ADDRESS, heartbeat_interval=heartbeat))


async def connected():
    client = new_client()
    await client.connect()
    await client.login_user("iggy", "iggy")
    return client


async def poll(client, strategy, count, partition=0, consumer=None, auto_commit=False, topic=TOPIC):
    return await client.poll_messages(
        STREAM,
        topic,
        consumer=consumer if consumer is not None else Consumer.Single("reader"),
        polling_strategy=strategy,
        count=count,
        auto_commit=auto_commit,
        partition_id=partition,
    )


def texts(messages):
    return [message.payload().decode() for message in messages]


async def log_in():
    client = new_client()
    await client.connect()
    await client.ping()
    await refused(client.login_user("iggy", "wrong password"), "a wrong password")
    await client.login_user("iggy", "iggy")
    await client.logout_user()
    await client.login_user("iggy", "iggy")
    equal(await client.get_streams(), [], "streams of an empty server")
    proved("log in, log out, wrong password")
    return client


async def streams_and_topics(client):
    await client.create_stream(STREAM)
    await refused(client.create_stream(STREAM), "a second stream of the same name")
    await client.create_topic(STREAM, TOPIC, 3)
    await client.create_topic(
        STREAM,
        "audit",
        1,
        compression_algorithm="gzip",
        message_expiry=IggyExpiry.ExpireDuration(datetime.timedelta(days=7)),
        max_topic_size=MaxTopicSize.Custom(2 * 1024**3),
        segment_size=128 * 1024**2,
        durability=Durability.PERSISTED,
    )
    await refused(client.create_topic(STREAM, TOPIC, 1), "a second topic of the same name")
    equal([stream.name for stream in await client.get_streams()], [STREAM], "stream names")
    equal([topic.name for topic in await client.get_topics(STREAM)], [TOPIC, "audit"], "topic names")
    stream = await client.get_stream(STREAM)
    equal((stream.id, stream.topics_count, stream.messages_count), (0, 2, 0), "stream details")
    topic = await client.get_topic(STREAM, "audit")
    equal((topic.id, topic.partitions_count, topic.compression_algorithm), (1, 1, "gzip"), "topic details")
    equal(topic.message_expiry.duration, datetime.timedelta(days=7), "message expiry")
    equal(topic.options.to_scalar_dict()["durability"], "persisted", "durability")
    equal(topic.derived_options.to_scalar_dict()["messages_required_to_save"], 1024, "an option of the server's")
    equal(await client.get_stream("missing"), None, "a missing stream")
    equal(await client.get_topic(STREAM, "missing"), None, "a missing topic")
    described = {option.key for option in await client.describe_options("topic")}
    equal({"durability", "segment_size", "message_expiry"} <= described, True, "described options")
    await client.update_topic(STREAM, "audit", "trail", compression_algorithm="none")
    equal((await client.get_topic(STREAM, "trail")).compression_algorithm, "none", "updated compression")
    await client.create_partitions(STREAM, "trail", 2)
    await client.delete_partitions(STREAM, "trail", 1)
    equal((await client.get_topic(STREAM, "trail")).partitions_count, 2, "partitions")
    proved("create, list, update streams, topics and partitions")


HEADERS = {
    HeaderKey.String("text"): HeaderValue.String("äöü"),
    HeaderKey.String("raw"): HeaderValue.Raw(b"\x00\xff"),
    HeaderKey.String("flag"): HeaderValue.Bool(True),
    HeaderKey.String("int8"): HeaderValue.Int8(-8),
    HeaderKey.String("int16"): HeaderValue.Int16(-16),
    HeaderKey.String("int32"): HeaderValue.Int32(-32),
    HeaderKey.String("int64"): HeaderValue.Int64(-64),
    HeaderKey.String("int128"): HeaderValue.Int128(-(2**100)),
    HeaderKey.String("uint8"): HeaderValue.UnsignedInt8(8),
    HeaderKey.String("uint16"): HeaderValue.UnsignedInt16(16),
    HeaderKey.String("uint32"): HeaderValue.UnsignedInt32(32),
    HeaderKey.String("uint64"): HeaderValue.UnsignedInt64(2**64 - 1),
    HeaderKey.String("uint128"): HeaderValue.UnsignedInt128(2**128 - 1),
    HeaderKey.String("float32"): HeaderValue.Float32(0.5),
    HeaderKey.String("float64"): HeaderValue.Float64(0.1),
    HeaderKey.Int32(7): HeaderValue.String("a key that is no text"),
}


async def send_and_poll(client):
    first = [SendMessage("m0", user_headers=HEADERS, id=2**127 + 5)] + [SendMessage(f"m{n}") for n in range(1, 10)]
    response = await client.send_messages(STREAM, TOPIC, Partitioning.partition_id(0), first)
    confirmation = response.confirmations[0]
    equal((confirmation.partition_id, confirmation.base_offset), (0, 0), "confirmation")
    second = [SendMessage(f"m{n}") for n in range(10, 20)]
    response = await client.send_messages(STREAM, TOPIC, Partitioning.partition_id(0), second)
    equal(response.confirmations[0].base_offset, 10, "offset of the second batch")

    messages = await poll(client, PollingStrategy.First(), 100)
    equal(texts(messages), [f"m{n}" for n in range(20)], "payloads")
    equal([message.offset() for message in messages], list(range(20)), "offsets")
    equal(messages[0].id(), 2**127 + 5, "message id")
    equal(dict(messages[0].user_headers()), HEADERS, "headers")
    equal(messages[1].user_headers() or {}, {}, "no headers")
    proved("send with typed headers, poll them back")

    equal(texts(await poll(client, PollingStrategy.First(), 3)), ["m0", "m1", "m2"], "first")
    equal(texts(await poll(client, PollingStrategy.Last(), 2)), ["m18", "m19"], "last")
    equal(texts(await poll(client, PollingStrategy.Offset(8), 4)), ["m8", "m9", "m10", "m11"], "offset")
    equal(texts(await poll(client, PollingStrategy.Offset(20), 4)), [], "offset beyond the end")
    since = messages[10].timestamp()
    equal(since > messages[0].timestamp(), True, "time of the second batch")
    found = texts(await poll(client, PollingStrategy.Timestamp(since), 100))
    equal(found, [f"m{n}" for n in range(10, 20)], "timestamp")
    equal(texts(await poll(client, PollingStrategy.Timestamp(since + 10**9), 100)), [], "time to come")
    equal(texts(await poll(client, PollingStrategy.Next(), 2)), ["m0", "m1"], "next without a stored offset")
    equal(texts(await poll(client, PollingStrategy.Next(), 2, auto_commit=True)), ["m0", "m1"], "next, committing")
    equal(texts(await poll(client, PollingStrategy.Next(), 2, auto_commit=True)), ["m2", "m3"], "next after a commit")
    proved("poll by offset, timestamp, first, last, next")

    for _ in range(3):
        await client.send_messages(STREAM, "trail", Partitioning.balanced(), [SendMessage("balanced")])
    counts = [partition.messages_count for partition in (await client.get_topic(STREAM, "trail")).partitions]
    equal(sorted(counts), [1, 2], "balanced partitions")
    # beta falls on partition 1 of three (XXH32), as every other client computes it
    response = await client.send_messages(STREAM, TOPIC, Partitioning.messages_key("beta"), [SendMessage("keyed")])
    equal(response.confirmations[0].partition_id, 1, "partition of a key")
    large = "x" * (8 * 1024**2)
    await client.send_messages(STREAM, TOPIC, Partitioning.partition_id(2), [SendMessage(large)])
    equal(texts(await poll(client, PollingStrategy.First(), 10, partition=2)), [large], "a message of 8 MiB")
    await refused(
        client.send_messages(STREAM, TOPIC, Partitioning.partition_id(9), [SendMessage("x")]), "a missing partition"
    )
    stats = await client.get_stats()
    equal((stats.streams_count, stats.topics_count, stats.messages_count), (1, 2, 25), "statistics")
    proved("balanced, keyed and large sends, statistics")


async def stored_offsets(client):
    consumer = await client.consumer_group(
        "workers",
        STREAM,
        TOPIC,
        polling_strategy=PollingStrategy.Next(),
        batch_length=5,
        auto_commit=AutoCommit.Disabled(),
        poll_interval=datetime.timedelta(milliseconds=10),
        allow_replay=True,
    )
    seen = []
    async for message in consumer.iter_messages():
        if message.partition_id() == 0:
            seen.append(message.payload().decode())
        if len(seen) == 5:
            break
    equal(seen, [f"m{n}" for n in range(5)], "messages of the group")
    await consumer.store_offset(2, 0)
    group = Consumer.Group("workers")
    # The membership belongs to this connection, so its polls are the group's.
    equal(texts(await poll(client, PollingStrategy.Next(), 2, consumer=group)), ["m3", "m4"], "next after a store")
    await consumer.delete_offset(0)
    equal(texts(await poll(client, PollingStrategy.Next(), 2, consumer=group)), ["m0", "m1"], "next after a delete")
    await refused(consumer.store_offset(10**6, 0), "an offset beyond the end")
    await client.leave_consumer_group(STREAM, TOPIC, "workers")
    await client.delete_consumer_group(STREAM, TOPIC, "workers")
    proved("store and delete offsets of a consumer group")


async def rebalanced(client, expected):
    """The shares of the members, once they are as expected; the caller limits the time."""
    while True:
        group = await client.get_consumer_group(STREAM, "shared", "team")
        shares = sorted(sorted(member.partitions) for member in group.members)
        if shares == expected:
            return
        await asyncio.sleep(0.02)


async def receive(client, count):
    """What a member gets by polling without a partition, until it has `count` messages."""
    found = []
    while len(found) < count:
        messages = await poll(
            client, PollingStrategy.Next(), 10, None, Consumer.Group("team"), auto_commit=True, topic="shared"
        )
        found += [(message.partition_id(), message.offset()) for message in messages]
    return found


async def group_of_two(client):
    await client.create_topic(STREAM, "shared", 4)
    await client.create_consumer_group(STREAM, "shared", "team")
    await refused(client.create_consumer_group(STREAM, "shared", "team"), "a second group of the same name")
    for partition in range(4):
        messages = [SendMessage(f"{partition}-{n}") for n in range(10)]
        await client.send_messages(STREAM, "shared", Partitioning.partition_id(partition), messages)
    await client.join_consumer_group(STREAM, "shared", "team")
    await rebalanced(client, [[0, 1, 2, 3]])
    other = await connected()
    await other.join_consumer_group(STREAM, "shared", "team")
    await rebalanced(client, [[0, 1], [2, 3]])
    mine, theirs = await receive(client, 20), await receive(other, 20)
    equal(sorted({partition for partition, _ in mine}), [0, 1], "partitions of the first member")
    equal(sorted({partition for partition, _ in theirs}), [2, 3], "partitions of the second member")
    everything = sorted((partition, offset) for partition in range(4) for offset in range(10))
    equal(sorted(mine + theirs), everything, "each message once")

    await other.leave_consumer_group(STREAM, "shared", "team")
    await rebalanced(client, [[0, 1, 2, 3]])
    for partition in range(4):
        await client.send_messages(STREAM, "shared", Partitioning.partition_id(partition), [SendMessage("more")])
    equal(sorted(await receive(client, 4)), [(partition, 10) for partition in range(4)], "after the rebalance")
    equal(len(await client.get_consumer_groups(STREAM, "shared")), 1, "groups")
    proved("a group of two members with a rebalance")


async def clean_up(client):
    await client.purge_topic(STREAM, TOPIC)
    equal((await client.get_topic(STREAM, TOPIC)).messages_count, 0, "messages after a purge")
    await client.delete_topic(STREAM, TOPIC)
    await client.update_stream(STREAM, "renamed")
    await client.delete_stream("renamed")
    equal(await client.get_streams(), [], "streams at the end")
    proved("purge, rename and delete")


async def main():
    client = await log_in()
    await streams_and_topics(client)
    await send_and_poll(client)
    await stored_offsets(client)
    await group_of_two(client)
    await clean_up(client)


asyncio.run(asyncio.wait_for(main(), 60))
# Everything is proved. The library's own threads now and then abort the interpreter while it is torn down, so it is not.
sys.stdout.flush()
os._exit(0)
