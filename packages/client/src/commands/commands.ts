import { groupCommands } from "./groups.ts";
import { offsetCommands } from "./offsets.ts";
import type { CommandPort } from "./port.ts";
import { streamCommands } from "./streams.ts";
import { systemCommands } from "./system.ts";
import { tokenCommands } from "./tokens.ts";
import { topicCommands } from "./topics.ts";
import { userCommands } from "./users.ts";

/** The commands of every subject, which the client offers as its own methods. */
export interface Commands
  extends ReturnType<typeof systemCommands>,
    ReturnType<typeof streamCommands>,
    ReturnType<typeof topicCommands>,
    ReturnType<typeof groupCommands>,
    ReturnType<typeof offsetCommands>,
    ReturnType<typeof userCommands>,
    ReturnType<typeof tokenCommands> {}

export const commandsOver = (port: CommandPort): Commands => ({
  ...systemCommands(port),
  ...streamCommands(port),
  ...topicCommands(port),
  ...groupCommands(port),
  ...offsetCommands(port),
  ...userCommands(port),
  ...tokenCommands(port),
});
