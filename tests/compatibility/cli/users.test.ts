import assert from "node:assert/strict";
import { IggyCli, judged } from "./iggy-cli.ts";

// user and personal access token commands

judged("users are created, changed and deleted", async () => {
  await using cli = await IggyCli.start();
  await cli.ok("user", "create", "alice", "secret");
  await cli.refused(/already exists/, "user", "create", "alice", "secret");
  await cli.ok("user", "create", "sleeper", "secret", "--user-status", "inactive");
  const users = (await cli.rows("user", "list")).map(({ ID, Status, Username }) => [ID, Status, Username]);
  assert.deepEqual(users, [
    ["0", "active", "iggy"],
    ["1", "active", "alice"],
    ["2", "inactive", "sleeper"],
  ]);
  assert.match(await cli.ok("user", "list", "--list-mode", "list"), /^1\|.*\|active\|alice$/m);

  const as = (name: string, password: string) => ({ credentials: ["-u", name, "-p", password] });
  assert.equal((await cli.run(["me"], as("alice", "secret"))).code, 0);
  assert.equal((await cli.run(["me"], as("sleeper", "secret"))).code, 1, "an inactive user");
  await cli.ok("user", "status", "sleeper", "active");
  assert.equal((await cli.run(["me"], as("sleeper", "secret"))).code, 0);

  await cli.ok("user", "password", "alice", "secret", "changed");
  assert.equal((await cli.run(["me"], as("alice", "secret"))).code, 1, "the old password");
  assert.equal((await cli.run(["me"], as("alice", "changed"))).code, 0);
  await cli.refused(/Invalid credentials/, "user", "password", "alice", "secret", "again");

  await cli.ok("user", "name", "alice", "alicia");
  await cli.refused(/already exists/, "user", "name", "alicia", "sleeper");
  assert.equal((await cli.properties("user", "get", "1")).Username, "alicia");
  await cli.ok("user", "delete", "alicia");
  assert.match(await cli.ok("user", "get", "alicia"), /was not found/);
  await cli.refused(/not found/, "user", "delete", "alicia");
  await cli.refused(/./, "user", "delete", "iggy");
});

judged("permissions decide what a user may do", async () => {
  await using cli = await IggyCli.start();
  await cli.ok("stream", "create", "orders");
  await cli.ok("topic", "create", "orders", "created", "1", "none");
  await cli.ok("topic", "create", "orders", "hidden", "1", "none");
  await cli.ok("user", "create", "alice", "secret", "--stream-permissions", "0#0:send_messages");
  const alice = { credentials: ["-u", "alice", "-p", "secret"] };
  const may = async (...arguments_: string[]): Promise<boolean> => (await cli.run(arguments_, alice)).code === 0;
  const allowed = async () => ({
    send: await may("message", "send", "orders", "created", "-p", "0", "x"),
    sendElsewhere: await may("message", "send", "orders", "hidden", "-p", "0", "x"),
    poll: await may("message", "poll", "orders", "created", "0", "--first"),
    create: await may("stream", "create", `made-by-alice-${Math.random()}`),
    readUsers: await may("user", "list"),
    stats: await may("stats"),
  });
  const none = { send: false, sendElsewhere: false, poll: false, create: false, readUsers: false, stats: false };
  assert.deepEqual(await allowed(), { ...none, send: true });
  await cli.ok("user", "permissions", "alice", "--stream-permissions", "0:poll_messages");
  assert.deepEqual(await allowed(), { ...none, poll: true });
  await cli.ok("user", "permissions", "alice", "--global-permissions", "manage_streams,read_users,read_servers");
  const granted = await allowed();
  assert.deepEqual([granted.create, granted.readUsers, granted.stats], [true, true, true]);
  const shown = await cli.properties("user", "get", "alice");
  assert.match(shown.Global ?? "", /Read Users +\| true/);
  await cli.ok("user", "permissions", "alice");
  assert.deepEqual(await allowed(), none);
});

judged("personal access tokens log in until they are deleted", async () => {
  await using cli = await IggyCli.start();
  const token = (await cli.ok("--quiet", "pat", "create", "pipeline")).trim();
  assert.ok(token.length > 30);
  await cli.refused(/already exists/, "pat", "create", "pipeline");
  await cli.ok("pat", "create", "for a day", "1day");
  const tokens = await cli.rows("pat", "list");
  assert.deepEqual(
    tokens.map(({ Name }) => Name),
    ["for a day", "pipeline"],
  );
  assert.equal(tokens.find(({ Name }) => Name === "pipeline")?.["Token Expiry Time"], "unlimited");
  assert.match(await cli.ok("pat", "list", "--list-mode", "list"), /^pipeline\|unlimited$/m);
  const me = await cli.run(["me"], { credentials: ["--token", token] });
  assert.equal(me.code, 0, me.stderr);
  assert.match(me.stdout, /User ID +\| 0 /);
  const wrong = await cli.run(["me"], { credentials: ["--token", `${token}x`] });
  assert.equal(wrong.code, 1);
});
