import assert from "node:assert/strict";
import { test } from "node:test";
import { IggyClient } from "./client.ts";
import { commandsOver } from "./commands/commands.ts";

test("no command has the name of a method of the client itself, which it would hide", () => {
  const port = { call: () => Promise.reject(new Error("not called")), epoch: 0, server: undefined };
  const commands = Object.keys(commandsOver(port));
  assert.ok(commands.length > 40);
  const own = new Set(Object.getOwnPropertyNames(IggyClient.prototype));
  assert.deepEqual(
    commands.filter((name) => own.has(name)),
    [],
  );
});
