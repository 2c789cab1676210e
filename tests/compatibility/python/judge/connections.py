"""Log in by each way the client has, log out, statistics, raw commands."""

import datetime
import struct

from apache_iggy import AutoLogin, IggyClient, SendMessage
from tools import connected, equal, new_client, proved, refused


async def judge(address):
    client = new_client(address)
    await client.connect()
    await client.ping()
    await refused(client.get_streams(), "a command before the login", "Unauthenticated")
    await refused(client.login_user("iggy", "wrong password"), "a wrong password", "Invalid credentials")
    await refused(client.login_user("nobody", "password"), "an unknown user", "Invalid credentials")
    await client.login_user("iggy", "iggy")
    await client.logout_user()
    await refused(client.get_streams(), "a command after the logout", "Unauthenticated")
    await client.login_user("iggy", "iggy")
    await client.login_user("iggy", "iggy")
    equal(await client.get_streams(), [], "streams of an empty server")
    proved("log in, log out, wrong password")

    automatic = new_client(address, AutoLogin.username_password("iggy", "iggy"))
    await automatic.connect()
    equal(await automatic.get_streams(), [], "streams after an automatic login")
    by_text = IggyClient.from_connection_string(f"iggy://iggy:iggy@{address}")
    await by_text.connect()
    equal(await by_text.get_streams(), [], "streams after a login by connection string")
    await refused(
        new_client(address, AutoLogin.personal_access_token("iggypat-" + "x" * 40)).connect(), "an unknown token"
    )
    proved("automatic login, connection string, unknown token")

    await client.create_stream("counted")
    await client.create_topic("counted", "topic", 2)
    await client.create_consumer_group("counted", "topic", "group")
    await client.send_messages("counted", "topic", 1, [SendMessage("x" * 1000) for _ in range(10)])
    stats = await client.get_stats()
    counted = (stats.streams_count, stats.topics_count, stats.partitions_count, stats.segments_count)
    equal(counted, (1, 1, 2, 2), "counts of resources")
    equal((stats.messages_count, stats.consumer_groups_count), (10, 1), "counts of messages and groups")
    equal(stats.clients_count >= 3, True, "clients")
    equal(10_000 < stats.messages_size_bytes < 20_000, True, "size of the messages")
    equal(datetime.timedelta(0) <= stats.run_time < datetime.timedelta(minutes=5), True, "run time")
    equal((stats.os_name, stats.iggy_server_semver // 1000), ("Linux", 9), "system and version")
    equal(stats.process_id > 0 and stats.memory_usage > 0 and stats.total_disk_space > 0, True, "the machine")
    equal(stats.cache_metrics, {}, "cache metrics")
    proved("statistics")

    me = await client.send_binary_request(20, b"")
    client_id, user_id, transport = struct.unpack_from("<IIB", me)
    equal((user_id, transport), (0, 1), "this client")
    clients = await client.send_binary_request(22, b"")
    equal(struct.pack("<I", client_id) in clients, True, "this client among all")
    await refused(client.send_binary_request(9999, b""), "an unknown command", "Invalid command")
    await client.ping()
    proved("raw commands")

    many = [await connected(address) for _ in range(50)]
    for one in many:
        equal(len(await one.get_streams()), 1, "streams of one of many clients")
    proved("fifty clients at once")
