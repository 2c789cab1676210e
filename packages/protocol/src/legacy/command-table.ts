import type { Command, CommandLayout } from "../command.ts";
import { commandsOf } from "../commands-of.ts";
import * as commands from "./commands/index.ts";

/** Every command of the dialect `legacy`. */
export const COMMANDS = commandsOf<CommandLayout<unknown, unknown>>(commands);

const BY_CODE: ReadonlyMap<number, CommandLayout<unknown, unknown>> = new Map(
  COMMANDS.map((command) => [command.code, command]),
);

/** The command with this code, or `undefined` when there is none. */
export function findCommand(code: number): CommandLayout<unknown, unknown> | undefined {
  return BY_CODE.get(code);
}

/** Each dialect has logins of its own, with results of their own. */
const LOGINS: ReadonlySet<CommandLayout<unknown, unknown>> = new Set([
  commands.loginWithPassword,
  commands.loginWithToken,
]);

const BY_NAME: ReadonlyMap<string, CommandLayout<unknown, unknown>> = new Map(
  COMMANDS.filter((command) => !LOGINS.has(command)).map((command) => [command.name, command]),
);

/**
 * The legacy layout of a command, or `undefined` where legacy servers do not have the command, and for logins. Requests
 * and responses are of the same types in both dialects; a value that legacy cannot carry is refused when it is encoded.
 */
export function layoutOf<Request, Response>(
  command: Command<Request, Response>,
): CommandLayout<Request, Response> | undefined {
  return BY_NAME.get(command.name) as CommandLayout<Request, Response> | undefined;
}
