import type { Command } from "commander";
import { register as check } from "./check.ts";
import { register as checkpoint } from "./checkpoint.ts";
import { register as completion } from "./completion.ts";
import { register as consume } from "./consume.ts";
import { register as deadLetters } from "./dead-letters.ts";
import { register as dryRun } from "./dry-run.ts";
import { register as explain } from "./explain.ts";
import { register as lifecycle } from "./lifecycle.ts";
import { register as offsets } from "./offsets.ts";
import { register as produce } from "./produce.ts";
import { register as run } from "./run.ts";
import { register as schemas } from "./schemas.ts";
import { register as server } from "./server.ts";
import { register as status } from "./status.ts";
import { register as tail } from "./tail.ts";
import { register as top } from "./top.ts";
import { register as topic } from "./topic.ts";
import { register as versions } from "./versions.ts";

/** Adds one or more commands to the program. Each file of this folder exports one as `register`. */
export type RegisterCommand = (program: Command) => void;

/** The commands of every file in this folder, in the order in which the help lists them. */
export const COMMANDS: readonly RegisterCommand[] = [
  run,
  check,
  dryRun,
  schemas,
  server,
  topic,
  produce,
  consume,
  status,
  top,
  lifecycle,
  versions,
  offsets,
  checkpoint,
  deadLetters,
  tail,
  explain,
  completion,
];
