import type { ApiConnectorConfig } from "@iggy-connectors/runtime/api-types";
import type { Command } from "commander";
import type { ApiClient } from "../api/client.ts";
import { CliError } from "../cli-error.ts";
import { CONNECTOR_NAME_HELP, type ConnectorName } from "../connector-name.ts";
import { EXIT } from "../exit-codes.ts";
import { type CommonOptions, parseWholeNumber, withCommonOptions } from "../options.ts";
import { diffLines } from "../output/diff.ts";
import { withProgress } from "../output/progress.ts";
import { table } from "../output/table.ts";
import { openSession } from "../session.ts";

/** `versions`, `diff`, `activate` and `rollback`: the stored versions of a connector's configuration. */
export function register(program: Command): void {
  withCommonOptions(program.command("versions"))
    .description("list the versions of a connector's configuration")
    .argument("<connector>", CONNECTOR_NAME_HELP)
    .action(async (name: string, options: CommonOptions) => {
      const { api, printer, connector } = await openSession(options);
      const versions = await readVersions(api, await connector(name));
      printer.result(versions, (shown) =>
        table(
          ["VERSION", "ACTIVE", "ENABLED", "NAME", "PATH"],
          shown.map((one) => [one.version, one.active ? "active" : "", one.enabled ? "yes" : "no", one.name, one.path]),
        ),
      );
    });

  withCommonOptions(program.command("diff"))
    .description("show what differs between two versions; secrets are masked")
    .argument("<connector>", CONNECTOR_NAME_HELP)
    .argument("[from]", "a version; default: the one before the active one")
    .argument("[to]", "a version; default: the active one")
    .action(async (name: string, from: string | undefined, to: string | undefined, options: CommonOptions) => {
      const { api, printer, connector } = await openSession(options);
      const named = await connector(name);
      const versions = await readVersions(api, named);
      const after = to === undefined ? activeOf(versions, named) : existing(versions, to, "to");
      const before = from === undefined ? previousOf(versions, named) : existing(versions, from, "from");
      const { indentJson } = await import("@iggy-connectors/runtime");
      const [old, now] = await Promise.all(
        [before, after].map(async (version) => indentJson(await api.text(`${named.path}/configs/${version}`))),
      );
      const result = { connector: `${named.type}/${named.key}`, from: before, to: after, same: old === now };
      const lines = diffLines(old!, now!);
      printer.result({ ...result, diff: result.same ? [] : lines }, (shown) =>
        shown.same ? `versions ${before} and ${after} are the same` : shown.diff.join("\n"),
      );
    });

  withCommonOptions(program.command("activate"))
    .description("activate a version; if it does not become healthy, the one before runs on")
    .argument("<connector>", CONNECTOR_NAME_HELP)
    .argument("<version>", "as listed by `versions`")
    .action(async (name: string, version: string, options: CommonOptions) => {
      const session = await openSession(options);
      const named = await session.connector(name);
      await activate(session, named, existing(await readVersions(session.api, named), version, "version"), options);
    });

  withCommonOptions(program.command("rollback"))
    .description("activate the version before the active one")
    .argument("<connector>", CONNECTOR_NAME_HELP)
    .action(async (name: string, options: CommonOptions) => {
      const session = await openSession(options);
      const named = await session.connector(name);
      await activate(session, named, previousOf(await readVersions(session.api, named), named), options);
    });
}

interface Version {
  readonly version: number;
  readonly active: boolean;
  readonly enabled: boolean;
  readonly name: string;
  readonly path: string;
}

/** Ascending. */
async function readVersions(api: ApiClient, { path }: ConnectorName): Promise<Version[]> {
  const all = await api.get<readonly ApiConnectorConfig[]>(`${path}/configs`);
  return all
    .map(({ version, active, enabled, name, path: plugin }) => ({
      version: version ?? 0,
      active,
      enabled: enabled === true,
      name: String(name),
      path: String(plugin),
    }))
    .sort((one, other) => one.version - other.version);
}

function activeOf(versions: readonly Version[], { type, key }: ConnectorName): number {
  const found = versions.find(({ active }) => active);
  if (found !== undefined) return found.version;
  throw new CliError(`no version of ${type}/${key} is active`, { exitCode: EXIT.failed });
}

function previousOf(versions: readonly Version[], name: ConnectorName): number {
  const active = activeOf(versions, name);
  const before = versions.filter(({ version }) => version < active).at(-1);
  if (before !== undefined) return before.version;
  throw new CliError(`there is no version before ${active}, which is active`, {
    exitCode: EXIT.failed,
    fix: "`iggy-connectors versions` lists all",
  });
}

function existing(versions: readonly Version[], text: string, place: string): number {
  const wanted = parseWholeNumber(text, place, 0);
  if (versions.some(({ version }) => version === wanted)) return wanted;
  throw new CliError(`there is no version ${wanted}`, {
    exitCode: EXIT.failed,
    place,
    fix: `its versions are ${versions.map(({ version }) => version).join(", ")}`,
  });
}

async function activate(
  { api, printer }: Awaited<ReturnType<typeof openSession>>,
  { type, key, path }: ConnectorName,
  version: number,
  options: CommonOptions,
): Promise<void> {
  const activating = api.put(`${path}/configs/active`, { version });
  await withProgress(`${type}/${key}: activating version ${version}`, options, activating);
  printer.done({ connector: `${type}/${key}`, done: "activated", version }, `${type}/${key} runs version ${version}`);
}
