import type { Command } from "../command.ts";
import { commandsOf } from "../commands-of.ts";
import { OPERATION } from "../frames/operations.ts";
import * as commands from "./commands/index.ts";

/** Every command of the dialect `vsr`. Both logins share operation 1, see `decodeLogin`. */
export const COMMANDS = commandsOf<Command<unknown, unknown>>(commands);

/** Operation and, for operation 2, code: what tells requests apart on the wire. */
function key(operation: number, code: number): number {
  return operation === OPERATION.nonReplicated ? operation + code * 256 : operation;
}

const BY_KEY: ReadonlyMap<number, Command<unknown, unknown>> = new Map(
  COMMANDS.filter((command) => command.operation !== OPERATION.register).map((command) => [
    key(command.operation, command.code),
    command,
  ]),
);

/**
 * The command of a request header, or `undefined` for a login, which `decodeLogin` reads, and for an unknown command.
 */
export function findCommand(operation: number, code: number): Command<unknown, unknown> | undefined {
  return BY_KEY.get(key(operation, code));
}
