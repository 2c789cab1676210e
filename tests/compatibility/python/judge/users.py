"""Users, passwords, permissions, tokens."""

import sys

from apache_iggy import (
    AutoLogin,
    GlobalPermissions,
    Permissions,
    PollingStrategy,
    SendMessage,
    StreamPermissions,
    TopicPermissions,
    UserStatus,
)
from tools import connected, equal, new_client, poll, proved, refused


async def judge(address):
    client = await connected(address)
    await accounts(address, client)
    await permissions(address, client)
    await token(address)


async def accounts(address, client):
    alice = await client.create_user("alice", "secret")
    equal((alice.id, alice.username, alice.status, alice.permissions), (1, "alice", UserStatus.Active, None), "a user")
    await refused(client.create_user("alice", "other"), "a second user of a name", "already exists")
    await client.create_user("sleeper", "secret", status=UserStatus.Inactive)
    users = [(user.id, user.username, user.status) for user in await client.get_users()]
    equal(
        users,
        [(0, "iggy", UserStatus.Active), (1, "alice", UserStatus.Active), (2, "sleeper", UserStatus.Inactive)],
        "users",
    )
    await refused(connected(address, "sleeper", "secret"), "an inactive user")
    await client.update_user("sleeper", status=UserStatus.Active)
    await connected(address, "sleeper", "secret")
    await client.update_user("sleeper", username="waker")
    await refused(client.update_user("waker", username="alice"), "a name that is taken", "already exists")
    await refused(client.update_user("waker", options={"key": "value"}), "an option of a user")
    equal((await client.get_user(2)).username, "waker", "a renamed user")
    await client.change_password("alice", "secret", "changed")
    await refused(connected(address, "alice", "secret"), "the old password", "Invalid credentials")
    await connected(address, "alice", "changed")
    await refused(client.change_password("alice", "secret", "again"), "a wrong current password")
    await client.delete_user("waker")
    equal(await client.get_user("waker"), None, "a deleted user")
    await refused(client.delete_user("waker"), "a second delete", "not found")
    await refused(client.delete_user("iggy"), "deleting the root user")
    proved("create, change and delete users")


async def permissions(address, client):
    await client.create_stream("open")
    await client.create_stream("closed")
    for stream in ("open", "closed"):
        await client.create_topic(stream, "t", 1)
    given = Permissions(
        GlobalPermissions(read_servers=True),
        {
            0: StreamPermissions(
                read_stream=True, topics={0: TopicPermissions(poll_messages=True, send_messages=True)}
            ),
            1: StreamPermissions(send_messages=True),
        },
    )
    await client.update_permissions("alice", given)
    equal((await client.get_user("alice")).permissions == given, True, "permissions as they were given")
    alice = await connected(address, "alice", "changed")
    await alice.get_stats()
    await alice.get_stream("open")
    await alice.send_messages("open", "t", 0, [SendMessage("x")])
    equal(len(await poll(alice, "open", "t", PollingStrategy.First(), 1)), 1, "messages that alice may read")
    await alice.send_messages("closed", "t", 0, [SendMessage("x")])
    await refused(poll(alice, "closed", "t", PollingStrategy.First(), 1), "a poll", "Unauthorized")
    await refused(alice.create_stream("mine"), "creating a stream", "Unauthorized")
    await refused(alice.create_topic("open", "mine", 1), "creating a topic", "Unauthorized")
    await refused(alice.get_users(), "reading the users", "Unauthorized")
    await refused(alice.delete_stream("open"), "deleting a stream", "Unauthorized")
    await client.update_permissions("alice", Permissions(GlobalPermissions(manage_streams=True)))
    await alice.create_stream("mine")
    await client.update_permissions("alice", None)
    await refused(alice.create_stream("not mine"), "a command after the permissions are gone", "Unauthorized")
    await refused(alice.send_messages("open", "t", 0, [SendMessage("x")]), "a send without permissions")
    proved("permissions at each level")


async def token(address):
    """The package logs in with a token but makes none, so the caller gives one of the root user's."""
    by_token = new_client(address, AutoLogin.personal_access_token(sys.argv[4]))
    await by_token.connect()
    await by_token.create_stream("by token")
    proved("login with a personal access token")
