"""Sends and polls."""

import asyncio

from apache_iggy import Consumer, HeaderKey, HeaderValue, Partitioning, PollingStrategy, SendMessage
from tools import connected, equal, everything, numbered, poll, proved, refused, texts

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
    HeaderKey.Int32(7): HeaderValue.String("a key that is not text"),
}


async def judge(address):
    client = await connected(address)
    await client.create_stream("s")
    await client.create_topic("s", "events", 3)
    await headers(client)
    await strategies(client)
    await commits(client)
    await partitioning(client)
    await sizes(client)
    await together(address, client)


async def headers(client):
    first = [SendMessage("m0", user_headers=HEADERS, id=2**127 + 5), *numbered(1, 10)]
    confirmation = (await client.send_messages("s", "events", Partitioning.partition_id(0), first)).confirmations[0]
    place = (confirmation.stream_id, confirmation.topic_id, confirmation.partition_id, confirmation.base_offset)
    equal(place, (0, 0, 0, 0), "confirmation")
    confirmation = (await client.send_messages("s", "events", 0, numbered(10, 20))).confirmations[0]
    equal(confirmation.base_offset, 10, "offset of the second batch")

    messages = await poll(client, "s", "events", PollingStrategy.First(), 100)
    equal(texts(messages), [f"m{n}" for n in range(20)], "payloads")
    equal([message.offset() for message in messages], list(range(20)), "offsets")
    equal(messages[0].id(), 2**127 + 5, "message id")
    equal(len({message.id() for message in messages}), 20, "ids that the client made")
    equal(dict(messages[0].user_headers()), HEADERS, "headers")
    equal(messages[1].user_headers() or {}, {}, "no headers")
    equal({message.partition_id() for message in messages}, {0}, "partition")
    equal([message.length() for message in messages[:2]], [2, 2], "payload lengths")
    equal(all(message.checksum() != 0 for message in messages), True, "checksums")
    ages = [message.timestamp() - message.origin_timestamp() for message in messages]
    equal(all(-1000 < age < 60_000_000 for age in ages), True, "a message was made before it came, to the millisecond")
    await client.send_messages("s", "events", 1, [SendMessage(b"\x00\x01\xff", user_headers={"n": 1, "on": True})])
    (message,) = await poll(client, "s", "events", PollingStrategy.First(), 1, 1)
    equal(message.payload(), b"\x00\x01\xff", "a payload that is not text")
    equal(message.user_headers().to_scalar_dict(), {"n": 1, "on": True}, "headers of plain values")
    proved("typed headers, ids, confirmations")


async def strategies(client):
    async def found(strategy, count):
        return texts(await poll(client, "s", "events", strategy, count))

    equal(await found(PollingStrategy.First(), 3), ["m0", "m1", "m2"], "first")
    equal(await found(PollingStrategy.Last(), 2), ["m18", "m19"], "last")
    equal(await found(PollingStrategy.Last(), 15), [f"m{n}" for n in range(5, 20)], "last, over two batches")
    equal(await found(PollingStrategy.Last(), 100), [f"m{n}" for n in range(20)], "last, more than there are")
    equal(await found(PollingStrategy.Offset(8), 4), ["m8", "m9", "m10", "m11"], "offset")
    equal(await found(PollingStrategy.Offset(19), 4), ["m19"], "the last offset")
    equal(await found(PollingStrategy.Offset(20), 4), [], "offset beyond the end")
    messages = await poll(client, "s", "events", PollingStrategy.First(), 100)
    since = messages[10].timestamp()
    equal(since > messages[0].timestamp(), True, "time of the second batch")
    equal(await found(PollingStrategy.Timestamp(since), 100), [f"m{n}" for n in range(10, 20)], "timestamp")
    equal(await found(PollingStrategy.Timestamp(0), 2), ["m0", "m1"], "the beginning of time")
    equal(await found(PollingStrategy.Timestamp(since + 10**9), 100), [], "time to come")
    equal(await found(PollingStrategy.Next(), 2), ["m0", "m1"], "next without a stored offset")
    await refused(poll(client, "missing", "events", PollingStrategy.First(), 1), "a missing stream", "not found")
    await refused(poll(client, "s", "missing", PollingStrategy.First(), 1), "a missing topic", "not found")
    await refused(poll(client, "s", "events", PollingStrategy.First(), 1, 9), "a missing partition", "not found")
    proved("poll by offset, timestamp, first, last, next")


async def commits(client):
    strategies = {
        "first": (PollingStrategy.First(), "m3"),
        "offset": (PollingStrategy.Offset(5), "m8"),
        "timestamp": (PollingStrategy.Timestamp(0), "m3"),
        "next": (PollingStrategy.Next(), "m3"),
    }
    for name, (strategy, following) in strategies.items():
        consumer = Consumer.Single(name)
        await poll(client, "s", "events", strategy, 3, consumer=consumer, auto_commit=False)
        (message,) = await poll(client, "s", "events", PollingStrategy.Next(), 1, consumer=consumer)
        equal(message.offset(), 0, f"{name} does not commit")
        await poll(client, "s", "events", strategy, 3, consumer=consumer, auto_commit=True)
        found = texts(await poll(client, "s", "events", PollingStrategy.Next(), 1, consumer=consumer))
        equal(found, [following], f"{name} commits")
    last = Consumer.Single(4711)
    await poll(client, "s", "events", PollingStrategy.Last(), 1, consumer=last, auto_commit=True)
    equal(await poll(client, "s", "events", PollingStrategy.Next(), 1, consumer=last), [], "last commits")
    proved("each strategy with and without commit")


async def partitioning(client):
    await client.create_topic("s", "balanced", 3)
    for _ in range(6):
        await client.send_messages("s", "balanced", Partitioning.balanced(), [SendMessage("balanced")])
    counts = [partition.messages_count for partition in (await client.get_topic("s", "balanced")).partitions]
    equal(counts, [2, 2, 2], "balanced partitions")
    # XXH32 of the key, modulo three, as every other client computes it.
    for key, partition in {"alpha": 0, "beta": 1, "gamma": 0, b"k1": 1}.items():
        response = await client.send_messages("s", "balanced", Partitioning.messages_key(key), [SendMessage("keyed")])
        equal(response.confirmations[0].partition_id, partition, f"partition of {key!r}")
    await refused(client.send_messages("s", "events", 9, [SendMessage("x")]), "a missing partition")
    await refused(client.send_messages("s", "missing", 0, [SendMessage("x")]), "a missing topic")
    proved("balanced, keyed and explicit partitions")


async def sizes(client):
    await client.create_topic("s", "sizes", 4)
    large = "x" * (8 * 1024**2)
    await client.send_messages("s", "sizes", 0, [SendMessage(large)])
    equal(texts(await poll(client, "s", "sizes", PollingStrategy.First(), 10)), [large], "a message of 8 MiB")
    mebibytes = [str(n) * 1024**2 for n in range(8)]
    await client.send_messages("s", "sizes", 1, [SendMessage(text) for text in mebibytes])
    equal(texts(await poll(client, "s", "sizes", PollingStrategy.First(), 8, 1)), mebibytes, "a batch of 8 MiB")
    many = [f"m{n}" for n in range(20_000)]
    await client.send_messages("s", "sizes", 2, [SendMessage(text) for text in many])
    equal(await everything(client, "s", "sizes", 2), many, "a batch of 20,000 messages")
    await client.send_messages("s", "sizes", 3, [SendMessage("x")])
    wide = {HeaderKey.String(f"k{n}"): HeaderValue.String("v" * 255) for n in range(300)}
    await client.send_messages("s", "sizes", 3, [SendMessage("y", user_headers=wide)])
    messages = await poll(client, "s", "sizes", PollingStrategy.First(), 8, 3)
    equal([len(messages[0].payload()), dict(messages[1].user_headers())], [1, wide], "one byte, and 80 KB of headers")
    proved("sizes from one byte to 8 MiB")


async def together(address, client):
    await client.create_topic("s", "together", 1)

    async def send(name):
        sender = await connected(address)
        places = []
        for batch in range(20):
            messages = [SendMessage(f"{name}-{batch}-{n}") for n in range(5)]
            response = await sender.send_messages("s", "together", 0, messages)
            places.append(response.confirmations[0].base_offset)
        return places

    places = await asyncio.gather(*(send(name) for name in range(8)))
    equal(sorted(sum(places, [])), list(range(0, 800, 5)), "each batch has its place")
    stored = await everything(client, "s", "together")
    for name, own in enumerate(places):
        for batch, offset in enumerate(own):
            expected = [f"{name}-{batch}-{n}" for n in range(5)]
            equal(stored[offset : offset + 5], expected, "a batch is where it was confirmed")
    proved("eight senders at once")
