import assert from "node:assert/strict";
import { IggyClient } from "@iggy-connectors/client";
import { IggyCli, judged } from "./iggy-cli.ts";

// ping, me, stats, options, snapshot, cluster metadata, client list and get, context commands, session status

judged("ping, me, clients and cluster metadata", async () => {
  await using cli = await IggyCli.start();
  assert.match(await cli.ok("ping", "--count", "2"), /Ping sequence id: 2/);

  const me = await cli.properties("me");
  assert.equal(me["User ID"], "0");
  assert.equal(me.Transport, "TCP");
  const [client, ...others] = await cli.rows("client", "list");
  assert.deepEqual(others, [], "one connection at a time");
  assert.equal(client?.["User ID"], "0");
  assert.equal(client?.["Consumer Groups"], "0");
  const listed = await cli.ok("client", "list", "--list-mode", "list");
  assert.match(listed, /^\d+\|0\|127\.0\.0\.1:\d+\|TCP\|0$/m);
  assert.match(await cli.ok("client", "get", "999999"), /was not found/);
  const own = await IggyClient.connect({ address: cli.address });
  try {
    const { id, address } = await own.getMe();
    const shown = await cli.properties("client", "get", String(id));
    assert.deepEqual([shown["Client ID"], shown.Address], [String(id), address]);
  } finally {
    await own.close();
  }

  const port = cli.address.slice(cli.address.lastIndexOf(":") + 1);
  assert.deepEqual(await cli.rows("cluster", "metadata"), [
    {
      Name: "iggy-node",
      IP: "127.0.0.1",
      TCP: port,
      QUIC: "0",
      HTTP: "0",
      WebSocket: "0",
      Role: "leader",
      Status: "healthy",
    },
  ]);
});

judged("stats in each form count what there is", async () => {
  await using cli = await IggyCli.start();
  await cli.ok("stream", "create", "orders");
  await cli.ok("topic", "create", "orders", "created", "2", "none");
  await cli.ok("message", "send", "orders", "created", "--partition-id", "0", "a", "b");
  await cli.ok("consumer-group", "create", "orders", "created", "billing");
  const stats = JSON.parse(await cli.ok("--quiet", "stats", "--output", "json"));
  const { streams_count, topics_count, partitions_count, segments_count, messages_count, consumer_groups_count } =
    stats;
  assert.deepEqual(
    [streams_count, topics_count, partitions_count, segments_count, messages_count, consumer_groups_count],
    [1, 1, 2, 2, 2, 1],
  );
  assert.match(stats.iggy_server_version, /^0\.9\./);
  const table = await cli.properties("stats");
  assert.equal(table["Message Count"], "2");
  assert.match(await cli.ok("stats", "--output", "list"), /2/);
  assert.match(await cli.ok("--quiet", "stats", "--output", "toml"), /^messages_count = 2$/m);
});

judged("options of each scope", async () => {
  await using cli = await IggyCli.start();
  const keys = (await cli.rows("options", "topic")).map(({ Key, Kind, Default }) => [Key, Kind, Default]);
  assert.deepEqual(keys, [
    ["compression_algorithm", "string", "none"],
    ["consumer_offset_durability", "string", "replicated"],
    ["durability", "string", "replicated"],
    ["max_topic_size", "uint64", "18446744073709551615"],
    ["message_expiry", "uint64", "18446744073709551615"],
    ["messages_required_to_save", "uint32", "1024"],
    ["preallocate_segments", "bool", "false"],
    ["segment_size", "uint64", "1073741824"],
    ["size_of_messages_required_to_save", "uint64", "1048576"],
  ]);
  assert.match(await cli.ok("options", "stream"), /accept no options/);
  assert.match(await cli.ok("options", "user"), /accept no options/);
});

judged("what the embedded server does not do is refused as unavailable", async () => {
  await using cli = await IggyCli.start();
  await cli.ok("stream", "create", "orders");
  await cli.ok("topic", "create", "orders", "created", "1", "none");
  await cli.refused(/Feature is unavailable/, "snapshot", "--out-dir", cli.folder);
  await cli.refused(/Feature is unavailable/, "message", "flush", "orders", "created", "0");
  await cli.refused(/Feature is unavailable/, "message", "flush", "orders", "created", "0", "--fsync");
});

judged("a wrong password is refused", async () => {
  await using cli = await IggyCli.start();
  const { code, stderr } = await cli.run(["me"], { credentials: ["-u", "iggy", "-p", "wrong"] });
  assert.equal(code, 1);
  assert.match(stderr, /Invalid credentials/);
});

judged("contexts name the server", async () => {
  await using cli = await IggyCli.start();
  const settings = ["--transport", "tcp", "--tcp-server-address", cli.address, "-u", "iggy", "-p", "iggy"];
  await cli.ok("context", "create", "here", ...settings);
  await cli.ok("context", "use", "here");
  assert.deepEqual(await cli.rows("context", "list"), [{ Name: "default" }, { Name: "here*" }]);
  assert.equal((await cli.properties("context", "show", "here"))["TCP Server Address"], cli.address);
  assert.equal((await cli.properties("session", "status"))["Session Active"], "No");
  await cli.ok("context", "delete", "here");
  assert.deepEqual(await cli.rows("context", "list"), [{ Name: "default*" }]);
});
