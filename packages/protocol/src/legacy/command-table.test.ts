import assert from "node:assert/strict";
import { it } from "node:test";
import { commandsInFolder } from "../../test/commands-in-folder.ts";
import { COMMANDS as VSR_COMMANDS } from "../vsr/command-table.ts";
import { syncConsumerGroup } from "../vsr/commands/groups/sync-consumer-group.ts";
import { loginWithPassword } from "../vsr/commands/session/login.ts";
import { ping } from "../vsr/commands/system/ping.ts";
import { createTopic } from "../vsr/commands/topics/create-topic.ts";
import { COMMANDS, findCommand, layoutOf } from "./command-table.ts";
import { loginWithPassword as legacyLogin } from "./commands/session/login.ts";
import { createTopic as legacyCreateTopic } from "./commands/topics/create-topic.ts";

it("the table lists every command of the folder, once, and otherwise commands of vsr", async () => {
  const inFolder = new Set(await commandsInFolder(new URL("./commands/", import.meta.url)));
  assert.ok(inFolder.size > 15);
  assert.equal(new Set(COMMANDS).size, COMMANDS.length);
  for (const command of inFolder) assert.ok(COMMANDS.includes(command), command.name);
  const shared = COMMANDS.filter((command) => !inFolder.has(command));
  for (const command of shared) assert.ok(new Set<unknown>(VSR_COMMANDS).has(command), command.name);
});

it("the code of a command finds it", () => {
  for (const command of COMMANDS) assert.equal(findCommand(command.code), command, command.name);
});

it("the layout of a command is legacy's own, or shared with vsr", () => {
  assert.equal(layoutOf(createTopic), legacyCreateTopic);
  assert.equal(layoutOf(ping), ping);
});

it("there is no layout where legacy servers do not have the command, nor for logins", () => {
  assert.equal(layoutOf(syncConsumerGroup), undefined);
  assert.equal(layoutOf(loginWithPassword), undefined);
});

it("a command has the same name and code in both dialects", () => {
  const found = VSR_COMMANDS.flatMap((command) => {
    const layout = layoutOf(command);
    return layout === undefined ? [] : [[layout.name, layout.code, command.code] as const];
  });
  assert.equal(found.length, 45);
  assert.equal(found.length, COMMANDS.length - 2, "every command but the two logins");
  for (const [name, legacyCode, code] of found) assert.equal(legacyCode, code, name);
});

it("a login has the same name in both dialects", () => {
  assert.equal(legacyLogin.name, loginWithPassword.name);
});
