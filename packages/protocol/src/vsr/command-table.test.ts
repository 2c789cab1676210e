import assert from "node:assert/strict";
import { it } from "node:test";
import { commandsInFolder } from "../../test/commands-in-folder.ts";
import { OPERATION } from "../frames/operations.ts";
import { COMMANDS, findCommand } from "./command-table.ts";

it("the table lists every command of the folder, once", async () => {
  const inFolder = await commandsInFolder(new URL("./commands/", import.meta.url));
  assert.ok(inFolder.length > 50);
  assert.equal(new Set(COMMANDS).size, COMMANDS.length);
  assert.deepEqual(new Set(COMMANDS), new Set(inFolder));
});

it("names and wire keys are unique, and the wire key finds the command", () => {
  assert.equal(new Set(COMMANDS.map(({ name }) => name)).size, COMMANDS.length);
  for (const command of COMMANDS) {
    const expected = command.operation === OPERATION.register ? undefined : command;
    assert.equal(findCommand(command.operation, command.code), expected, command.name);
  }
});
