import type { Command, CommandLayout } from "../command.ts";
import { ProtocolError } from "../errors.ts";
import { OPERATION } from "../frames/operations.ts";
import { PROTOCOL_VERSION } from "../frames/protocol-version.ts";
import { COMMANDS as LEGACY_COMMANDS } from "../legacy/command-table.ts";
import * as legacyLogin from "../legacy/commands/login.ts";
import { COMMANDS } from "../vsr/command-table.ts";
import type { Framing } from "./framing.ts";
import { everyPatch, formatWindow, includesVersion, lowestCommon, type VersionWindow } from "./versions.ts";

/** One way to speak with a server: a framing and a layout for each command. A next protocol number is one more of these. */
export interface Dialect {
  readonly name: "stable" | "legacy";
  /** Whose servers speak it, for messages. */
  readonly servers: string;
  readonly framing: Framing;
  /** The numbers that a login in this dialect may carry; `undefined` where logins carry none. */
  readonly versions: VersionWindow | undefined;
  /** By name, without the logins: these are each dialect's own. */
  readonly layouts: ReadonlyMap<string, CommandLayout<unknown, unknown>>;
}

function byName(commands: readonly CommandLayout<unknown, unknown>[]): Dialect["layouts"] {
  return new Map(commands.map((command) => [command.name, command]));
}

export const STABLE_DIALECT: Dialect = {
  name: "stable",
  servers: "Iggy 0.9",
  framing: "vsr",
  versions: everyPatch(PROTOCOL_VERSION),
  layouts: byName(COMMANDS.filter(({ operation }) => operation !== OPERATION.register)),
};

const LEGACY_LOGINS: ReadonlySet<number> = new Set(Object.values(legacyLogin).map(({ code }) => code));

export const LEGACY_DIALECT: Dialect = {
  name: "legacy",
  servers: "Iggy 0.7 and 0.8",
  framing: "legacy",
  versions: undefined,
  layouts: byName(LEGACY_COMMANDS.filter(({ code }) => !LEGACY_LOGINS.has(code))),
};

/** Every dialect of this package, the newest first. */
export const DIALECTS: readonly Dialect[] = [STABLE_DIALECT, LEGACY_DIALECT];

/** The dialect of a login that carries this protocol number, or `undefined` when this package does not speak it. */
export function findDialect(version: number): Dialect | undefined {
  return DIALECTS.find(({ versions }) => versions !== undefined && includesVersion(versions, version));
}

/**
 * The newest dialect that lies in the window a server accepts, and the number to log in with.
 * Throws {@link IncompatibleVersionError} when there is none.
 */
export function negotiateDialect(accepted: VersionWindow): { readonly dialect: Dialect; readonly version: number } {
  for (const dialect of DIALECTS) {
    const version = dialect.versions && lowestCommon(dialect.versions, accepted);
    if (version !== undefined) return { dialect, version };
  }
  throw new IncompatibleVersionError(accepted);
}

/**
 * The layout of a command in a dialect, or `undefined` where its servers do not have the command. Requests and responses
 * are of the same types; a value that the dialect cannot carry is refused when it is encoded.
 */
export function layoutIn<Request, Response>(
  dialect: Dialect,
  command: Command<Request, Response>,
): CommandLayout<Request, Response> | undefined {
  return dialect.layouts.get(command.name) as CommandLayout<Request, Response> | undefined;
}

const INCOMPATIBLE_PROTOCOL_VERSION = 14003;

/** A server speaks no protocol that this package speaks. The message names the versions of both. */
export class IncompatibleVersionError extends ProtocolError {
  /** What the server accepts. */
  readonly accepted: VersionWindow;
  constructor(accepted: VersionWindow) {
    const ours = DIALECTS.map(({ versions, servers }) =>
      versions === undefined ? `that of ${servers}` : `${formatWindow(versions)} (${servers})`,
    );
    const message = `the server accepts Iggy protocol ${formatWindow(accepted)}, this side speaks ${ours.join(" and ")}`;
    super(message, undefined, INCOMPATIBLE_PROTOCOL_VERSION);
    this.accepted = accepted;
  }
}
