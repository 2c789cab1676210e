"""What the scenarios share."""

import asyncio
import datetime

from apache_iggy import AutoLogin, Consumer, IggyClient, PollingStrategy, SendMessage, TcpConfig, TcpReconnectionConfig


def milliseconds(count):
    return datetime.timedelta(milliseconds=count)


def equal(found, expected, what):
    if found != expected:
        raise AssertionError(f"{what}: expected {expected!r}, found {found!r}")


def proved(name):
    print(f"ok {name}", flush=True)


async def refused(awaitable, what, reason=""):
    try:
        await awaitable
    except Exception as error:  # the client raises RuntimeError with the server's error in its text
        if reason not in str(error):
            raise AssertionError(f"{what} was refused with {error}, not {reason}") from error
        return
    raise AssertionError(f"{what} was not refused")


async def until(condition, what):
    """Waits until the condition holds; the caller limits the time."""
    while True:
        result = await condition()
        if result:
            return result
        await asyncio.sleep(0.02)


def new_client(address, auto_login=None):
    return IggyClient(
        TcpConfig(
            server_address=address,
            # The client learns of a rebalance on its heartbeat; the default of 5 s would only make the script slow.
            heartbeat_interval=milliseconds(100),
            auto_login=auto_login or AutoLogin.disabled(),
            reconnection=TcpReconnectionConfig(interval=milliseconds(50), reestablish_after=milliseconds(50)),
        )
    )


async def connected(address, username="iggy", password="iggy"):
    client = new_client(address)
    await client.connect()
    await client.login_user(username, password)
    return client


async def poll(client, stream, topic, strategy, count, partition=0, consumer=None, auto_commit=False):
    return await client.poll_messages(
        stream,
        topic,
        consumer=consumer if consumer is not None else Consumer.Single("reader"),
        polling_strategy=strategy,
        count=count,
        auto_commit=auto_commit,
        partition_id=partition,
    )


def texts(messages):
    return [message.payload().decode() for message in messages]


def numbered(first, last):
    return [SendMessage(f"m{number}") for number in range(first, last)]


async def everything(client, stream, topic, partition=0):
    """The texts of a whole partition."""
    found = []
    while True:
        messages = await poll(client, stream, topic, PollingStrategy.Offset(len(found)), 1000, partition)
        if not messages:
            return found
        found += texts(messages)
