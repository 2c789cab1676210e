"""Streams, topics and partitions."""

import datetime

from apache_iggy import Durability, HeaderValue, IggyExpiry, MaxTopicSize, SendMessage
from tools import connected, equal, proved, refused

GIB = 1024**3
MIB = 1024**2


async def judge(address):
    client = await connected(address)
    await streams(client)
    await topics(client)
    await options(client)
    await partitions(client)


async def streams(client):
    await client.create_stream("orders")
    await client.create_stream("x" * 255)
    await refused(client.create_stream("orders"), "a second stream of the same name", "already exists")
    equal([stream.name for stream in await client.get_streams()], ["orders", "x" * 255], "stream names")
    stream = await client.get_stream("orders")
    equal((stream.id, stream.topics_count, stream.messages_count), (0, 0, 0), "stream details")
    equal(stream.created_at > 1_700_000_000_000_000, True, "time of creation, in microseconds")
    equal((await client.get_stream(1)).name, "x" * 255, "a stream by its number")
    equal(await client.get_stream("missing"), None, "a missing stream")
    equal(await client.get_stream(77), None, "a missing stream by its number")
    await client.update_stream(1, "renamed")
    await refused(client.update_stream("renamed", "orders"), "a name that is taken", "already exists")
    await refused(client.update_stream("orders", "orders", options={"key": "value"}), "an option of a stream")
    await client.delete_stream("renamed")
    await refused(client.delete_stream("renamed"), "a second delete", "not found")
    proved("create, list, rename and delete streams")


async def topics(client):
    await client.create_topic("orders", "plain", 1)
    await client.create_topic(
        "orders",
        "full",
        2,
        compression_algorithm="gzip",
        message_expiry=IggyExpiry.ExpireDuration(datetime.timedelta(days=7)),
        max_topic_size=MaxTopicSize.Custom(2 * GIB),
        segment_size=128 * MIB,
        durability=Durability.PERSISTED,
        consumer_offset_durability=Durability.PERSISTED,
        messages_required_to_save=5000,
        size_of_messages_required_to_save=MIB,
        preallocate_segments=False,
    )
    await refused(client.create_topic("orders", "plain", 1), "a second topic of the same name", "already exists")
    await refused(client.create_topic("missing", "plain", 1), "a topic of a missing stream")
    await refused(client.create_topic("orders", "many", 1001), "too many partitions")
    await refused(client.create_topic("orders", "odd", 1, segment_size=12345), "an odd segment size")
    await refused(
        client.create_topic("orders", "odd", 1, max_topic_size=MaxTopicSize.Custom(1024)), "a topic below a segment"
    )
    equal([topic.name for topic in await client.get_topics("orders")], ["plain", "full"], "topic names")
    equal(await client.get_topic("orders", "missing"), None, "a missing topic")
    equal(await client.get_topic("missing", "plain"), None, "a topic of a missing stream")

    full = await client.get_topic("orders", 1)
    equal((full.id, full.partitions_count, full.compression_algorithm), (1, 2, "gzip"), "topic details")
    equal(full.message_expiry.duration, datetime.timedelta(days=7), "message expiry")
    equal(full.max_topic_size.bytes, 2 * GIB, "maximal size")
    equal(
        full.options.to_scalar_dict(),
        {
            "compression_algorithm": "gzip",
            "consumer_offset_durability": "persisted",
            "durability": "persisted",
            "max_topic_size": 2 * GIB,
            "message_expiry": 7 * 86_400_000_000,
            "messages_required_to_save": 5000,
            "preallocate_segments": False,
            "segment_size": 128 * MIB,
            "size_of_messages_required_to_save": MIB,
        },
        "options that were given",
    )
    plain = await client.get_topic("orders", "plain")
    equal(isinstance(plain.message_expiry, IggyExpiry.NeverExpire), True, "no expiry")
    equal(isinstance(plain.max_topic_size, MaxTopicSize.Unlimited), True, "no limit")
    named = set(plain.options.to_scalar_dict()) | set(plain.derived_options.to_scalar_dict())
    equal(len(named), 9, "each option is explicit or derived")

    await client.update_topic("orders", "full", "fuller", message_expiry=IggyExpiry.NeverExpire())
    fuller = await client.get_topic("orders", "fuller")
    equal((fuller.compression_algorithm, fuller.max_topic_size.bytes), ("gzip", 2 * GIB), "what an update leaves")
    equal(isinstance(fuller.message_expiry, IggyExpiry.NeverExpire), True, "what an update changes")
    await client.update_topic(
        "orders", "fuller", "fuller", compression_algorithm="none", max_topic_size=MaxTopicSize.Unlimited()
    )
    fuller = await client.get_topic("orders", "fuller")
    equal(fuller.compression_algorithm, "none", "updated compression")
    equal(isinstance(fuller.max_topic_size, MaxTopicSize.Unlimited), True, "updated size")
    await refused(client.update_topic("orders", "fuller", "plain"), "a name that is taken", "already exists")
    proved("create, list and update topics")


async def options(client):
    described = {option.key: option for option in await client.describe_options("topic")}
    equal(len(described), 10, "described options")
    equal(described["segment_size"].default_value, HeaderValue.UnsignedInt64(GIB), "default of an option")
    equal(described["durability"].kind, "string", "kind of an option")
    equal([await client.describe_options(scope) for scope in ("stream", "user")], [[], []], "scopes without options")
    await client.create_topic("orders", "texts", 1, options={"segment_size": "64MiB", "message_expiry": "7 days"})
    texts = await client.get_topic("orders", "texts")
    equal(texts.options.to_scalar_dict()["segment_size"], 64 * MIB, "an option given as text")
    equal(texts.message_expiry.duration, datetime.timedelta(days=7), "an expiry given as text")
    await refused(client.create_topic("orders", "odd", 1, options={"no_such_key": "1"}), "an unknown option")
    await refused(client.create_topic("orders", "odd", 1, options={"segment_size": "lots"}), "an unreadable option")
    await refused(client.update_topic("orders", "texts", "texts", options={"segment_size": "1GiB"}), "a fixed option")
    proved("options")


async def partitions(client):
    await client.create_partitions("orders", "plain", 3)
    equal((await client.get_topic("orders", "plain")).partitions_count, 4, "partitions after adding")
    await client.send_messages("orders", "plain", 3, [SendMessage("last")])
    await client.delete_partitions("orders", "plain", 2)
    topic = await client.get_topic("orders", "plain")
    equal([partition.id for partition in topic.partitions], [0, 1], "partitions after deleting")
    equal(topic.messages_count, 0, "messages of a deleted partition")

    await client.send_messages("orders", "plain", 0, [SendMessage("a"), SendMessage("b")])
    await client.send_messages("orders", "texts", 0, [SendMessage("c")])
    partition = (await client.get_topic("orders", "plain")).partitions[0]
    equal((partition.messages_count, partition.current_offset, partition.segments_count), (2, 1, 1), "a partition")
    stream = await client.get_stream("orders")
    equal((stream.messages_count, stream.topics_count, stream.size > 0), (3, 3, True), "a full stream")
    await client.purge_topic("orders", "plain")
    equal((await client.get_stream("orders")).messages_count, 1, "messages after purging a topic")
    await client.purge_stream("orders")
    equal((await client.get_stream("orders")).messages_count, 0, "messages after purging a stream")
    await client.delete_topic("orders", "plain")
    await refused(client.delete_topic("orders", "plain"), "a second delete", "not found")
    await client.delete_stream("orders")
    equal(await client.get_streams(), [], "streams at the end")
    proved("partitions, purge, delete")
